// Native frames in the crash reports of Android, of the Java virtual machine and of Python. What
// they print of a frame is the file and a place in it.
#pragma once

#include "log/line_context.h"
#include "log/mark.h"

namespace symline::log {

/// Above the innermost frame of a Java crash report; the frames below it are its callers.
inline constexpr Mark kJavaStackMarks[] = {mark_at_colon("Native frames:"),
                                           mark_at_colon("Problematic frame:")};

/// A native frame of Java's hs_err: of a library, or of the virtual machine itself.
inline constexpr std::string_view kJavaLibrary = "C  [";
inline constexpr std::string_view kJavaMachine = "V  [";

/// What Python's faulthandler begins a C frame with.
inline constexpr std::string_view kPythonFrame = "Binary file \"";

/// True when the line is a frame of such a report, also one that has no file to look into.
bool read_crash_report(const LineContext& line);

}  // namespace symline::log
