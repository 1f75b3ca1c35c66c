// Where a text names the release of its kernel: in its reports, or where tools and people say what
// they run.
#pragma once

#include <string_view>

#include "log/mark.h"
#include "log/occurrence.h"

namespace symline::log {

inline constexpr std::string_view kBootLabel = "Linux version ";
/// uname -a
inline constexpr std::string_view kUname = "Linux ";
/// The boot loader's name of the kernel, on its command line.
inline constexpr std::string_view kBootImage = "BOOT_IMAGE=";
/// What stands in front of a release: perf's header, notes of a dump, crash, hostnamectl and
/// reportbug, ABRT, apport, inxi, the kernel's command line, the latency tracers.
inline constexpr Mark kReleaseLabels[] = {{"# os release :", 12},
                                          {"OSRELEASE=", 8},
                                          {"RELEASE: ", 6},
                                          {"Kernel:"},
                                          {"kernel:  ", 5},
                                          {"Uname: "},
                                          {"Kernel version:"},
                                          {"Kernel Version:"},
                                          {"Kernel release:"},
                                          {"Kernel Release:"},
                                          {kBootImage},
                                          {"kernel version:", 13},
                                          {"kernel release:", 13},
                                          {"latency trace v1.1.5 on ", 14}};

/// Also its build id, and where a boot begins.
void read_release(std::string_view message, Facts& facts);

}  // namespace symline::log
