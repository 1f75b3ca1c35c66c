// What a file says of the kernel that it belongs to.
#pragma once

#include <string>
#include <string_view>

#include "elf/elf_file.h"

namespace symline::find {

/// "vmlinux", a module's name with '_' for '-', or empty for a file that is of no kernel.
std::string kernel_name(const elf::ElfFile& file);

/// The release (uname -r) in a vmlinux' banner or a module's vermagic; empty when it is not there,
/// as in files that hold debug information alone.
std::string kernel_release(const elf::ElfFile& file);

/// The release in a text that holds "Linux version RELEASE (...": empty when there is none.
std::string banner_release(std::string_view text);

/// The release in the vermagic of a module's section .modinfo; empty when there is none.
std::string vermagic_release(std::string_view modinfo);

}  // namespace symline::find
