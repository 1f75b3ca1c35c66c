// What to install when a kernel's debug files are not there.
#pragma once

#include <string>
#include <string_view>

#include "kernel/kernel.h"

namespace symline::decode {

/// The distribution in the text of /etc/os-release: "debian", "ubuntu", "fedora", "rhel", "suse",
/// "arch", "openeuler"; empty when it is none of these.
std::string_view distribution(std::string_view os_release);

/// The distribution that gives its kernels such releases ("6.5.6-300.fc39.x86_64"), under the same
/// names; empty when the release does not show it.
std::string_view distribution_of_release(std::string_view release);

/// The command that gets the debug files of a kernel; empty for an unknown distribution.
/// `build_id`, in hexadecimal, may be empty.
std::string install_command(std::string_view distribution, std::string_view release,
                            std::string_view build_id);

/// One line on what was looked for and not found, with the command; empty when all was there.
std::string missing_files_hint(const kernel::Kernel& kernel, const std::string& sysroot);

}  // namespace symline::decode
