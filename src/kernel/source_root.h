// Where the source tree of a kernel begins in the paths of its debug information, found as
// scripts/faddr2line does it: what stands before "init/main.c" in the place of start_kernel.
#pragma once

#include <string>
#include <string_view>

#include "kernel/kernel_file.h"

namespace symline::kernel {

/// The part of `path` before "init/main.c" at its end; empty when the path does not end so.
std::string_view source_root_of(std::string_view path);

/// Ends with a '/'; empty when the file is no vmlinux or does not say.
std::string source_root(KernelFile& vmlinux);
/// For one question: reads the symbol table once more, but keeps nothing of it.
std::string source_root(const Module& vmlinux);

}  // namespace symline::kernel
