// The vmlinux of a command line, looked at before anything is printed.
#pragma once

#include <memory>
#include <string>

#include "symline/debug_files.h"
#include "tools/diagnostics.h"

namespace symline::tools {

/// Whether the file can be read and is a kernel's; says in one line why not.
bool is_usable_vmlinux(const std::string& path, const std::shared_ptr<DebugFiles>& debug_files,
                       const Diagnostics& diagnostics);

}  // namespace symline::tools
