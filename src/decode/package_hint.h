// One line on the debug files of a kernel that are not there, and how to get them.
#pragma once

#include <string>
#include <string_view>

#include "kernel/kernel.h"

namespace symline::decode {

/// How a program is given a vmlinux by name.
enum class VmlinuxArgument {
    option,      ///< -k FILE
    positional,  ///< after the file that the program is about
};

/// What was looked for and not found, and how to get it, as far as the release shows that; empty
/// when all was there. `sysroot` is where the /etc/os-release of this machine is.
std::string missing_files_hint(const kernel::Kernel& kernel, const std::string& sysroot,
                               VmlinuxArgument argument = VmlinuxArgument::option);

}  // namespace symline::decode
