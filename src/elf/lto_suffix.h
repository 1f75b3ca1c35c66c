// The suffixes that clang's link-time optimisation and CFI give to functions, and kernels cut off
// again when they print a name.
//
// cleanup_symbol_name() in the kernel's kernel/kallsyms.c cuts "local_op.llvm.944584" at its first
// '.' from 5.15 to 6.5, at ".llvm." from 6.6 to 6.10, and nothing since. Seen in names are:
//   .llvm.N           promoted from static by ThinLTO
//   .HASH             the same with CFI; a number where full LTO merged functions of one name
//   .cfi, .cfi_jt     the function proper and its entry in a jump table (CFI before kCFI)
//   .__uniq.N         -funique-internal-linkage-names
// GCC's suffixes (".part.0", ".cold") are not among them: kernels print those.
#pragma once

#include <string_view>

namespace symline::elf {

/// `name` without the last of such suffixes; empty where it has none, or is nothing else.
std::string_view without_lto_suffix(std::string_view name);

/// Calls `each` with what remains of `name` as one suffix after the other is cut off.
template <typename Each>
void for_each_cut(std::string_view name, const Each& each) {
    for (auto cut = without_lto_suffix(name); !cut.empty(); cut = without_lto_suffix(cut)) {
        each(cut);
    }
}

/// Whether a kernel that cuts names may have printed `cut` for `whole`.
bool is_cut_from(std::string_view cut, std::string_view whole);

}  // namespace symline::elf
