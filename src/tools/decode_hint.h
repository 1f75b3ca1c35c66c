// What to install when a kernel's debug files are not there.
#pragma once

#include <string>
#include <string_view>

#include "symbolize/kernel.h"

namespace symline::tools {

/// The distribution in the text of /etc/os-release: "debian", "ubuntu", "fedora", "rhel", "suse",
/// "arch", "openeuler"; empty when it is none of these.
std::string_view distribution(std::string_view os_release);

/// The command that installs the debug files of a kernel; empty for an unknown distribution.
std::string install_command(std::string_view distribution, std::string_view release);

/// One line on what was looked for and not found, with the command; empty when all was there.
std::string missing_files_hint(const Kernel& kernel, const std::string& sysroot);

}  // namespace symline::tools
