// Options of a kernel whose files are looked for in the folders of a test alone.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/files.h"
#include "symline/kernel.h"

namespace symline::test {

inline std::shared_ptr<DebugFiles> debug_files_in(std::vector<std::string> debug_directories,
                                                  std::string sysroot = {}) {
    return std::make_shared<DebugFiles>(DebugFileOptions{
        .debug_directories = std::move(debug_directories), .sysroot = std::move(sysroot)});
}

/// That vmlinux and modules of the fixtures, and no other file.
inline KernelOptions fixture_kernel(std::string_view vmlinux) {
    return {.vmlinux = fixture(vmlinux),
            .module_directories = {fixture("")},
            .debug_files = debug_files_in({})};
}

}  // namespace symline::test
