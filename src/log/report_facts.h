// What a line says besides frames: which kernel, where it was loaded, what warned, its code bytes.
#pragma once

#include "log/line_context.h"
#include "log/mark.h"
#include "log/release_names.h"

namespace symline::log {

inline constexpr std::string_view kOffsetLabel = "Kernel Offset: ";
inline constexpr std::string_view kCodeLabel = "Code: ";
inline constexpr std::string_view kProgramLabel = "Executable: /";
inline constexpr std::string_view kDumpedLabel = "Process ";
inline constexpr std::string_view kDumped = " dumped core";
inline constexpr std::string_view kStackOfThread = "Stack trace of thread ";
inline constexpr std::string_view kWithBuildId = " with build-id";
inline constexpr std::string_view kHasBuildId = ", build-id=";
inline constexpr std::string_view kWarning = "WARNING: ";
inline constexpr std::string_view kBug = "kernel BUG at ";

/// s390: what stands in front of the branch that led to the trap.
inline constexpr std::string_view kBranchLabel = "Breaking-Event-Address:";

/// What facts stand by.
inline constexpr Mark kFactMarks[] = {
    {kBootLabel},
    {kOffsetLabel},
    {kCodeLabel},
    {kProgramLabel},
    {kDumpedLabel, 0, kDumped},
    {kWithBuildId, kWithBuildId.find("-id")},
    {kHasBuildId, kHasBuildId.find("-id")},
    {"PID: "},
    {"Pid: "},
    {kBranchLabel, kBranchLabel.find("-E")},
    {kUname, 4, " #"},
};

/// How the first line of a report or stack begins.
inline constexpr Mark kReportFronts[] = {
    {kWarning},
    {"BUG: "},
    {kBug, kBug.find("BUG")},
    {"------------[ cut here ]", 12},
    {"Oops"},
    {"Call Trace"},
    {"Call trace:"},
    {"Allocated by task"},
    {"Freed by task"},
    {"Uninit was "},
    {"Backtrace:"},
    {"Stack backtrace:"},
    mark_at_colon("stack backtrace:"),
    {kBootLabel},
    {"Internal error: "},
    mark_at_colon("{ stacktrace:"),
    {"@["},
    {kStackOfThread},
};
/// How the line above a tracer's stack ends: with '>'.
inline constexpr Mark kReportEnds[] = {
    {"<stack trace>"}, {"<stack trace >"}, {"<user stack trace>"}};

void read_facts(const LineContext& line);

/// The FILE:LINE of a warning at the start of a line; false when there is none.
bool read_place(std::string_view message, Facts& facts);

}  // namespace symline::log
