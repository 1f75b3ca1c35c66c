// Where the source tree of a kernel begins in the paths of its debug information.
#pragma once

#include <string>
#include <string_view>

#include "kernel/kernel_file.h"

namespace symline::kernel {

/// What stands before the paths below the tree. Each ends with a '/', and is empty where the file
/// is no vmlinux or does not say.
struct SourceRoots {
    std::string tree;
    /// Of assembler files, where that is another one: compilers map paths for reproducible builds
    /// (-ffile-prefix-map), which GNU as leaves as they are.
    std::string assembler;
};

/// The part of `path` before "init/main.c" at its end; empty when the path does not end so.
std::string_view source_root_of(std::string_view path);
/// The part of `path` before the "arch/" of an assembler file in the tree; empty when it is none.
std::string_view assembler_root_of(std::string_view path);

/// What stands before "init/main.c" in the places of its functions: SourceRoots::tree.
/// scripts/faddr2line looks at the first instruction of start_kernel alone, which nops before its
/// DIE may hide.
std::string source_root(const Module& vmlinux);
/// SourceRoots::assembler, for whoever has no KernelFile: every symbol is looked for by itself.
std::string assembler_source_root(const Module& vmlinux, std::string_view tree);
/// And what the assembler units that every kernel of some architecture has agree on.
SourceRoots source_roots(KernelFile& vmlinux);

}  // namespace symline::kernel
