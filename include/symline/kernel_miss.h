// Why a place of a kernel was not found: for programs a code and numbers, for people describe().
//
//     const auto found = kernel.resolve({.symbol = "setup", .offset = 4, .size = 0x99});
//     if (found.miss && found.miss->code == symline::KernelMiss::other_size) ...  // another build
#pragma once

#include <cstdint>
#include <string>

namespace symline {

/// Why a place of a kernel was not found.
struct KernelMiss {
    enum Code {
        no_vmlinux,
        no_module,        ///< no file of the module
        other_build,      ///< too many sizes that were asked for are not the file's own
        no_symbol,        ///< none of that name in `file`
        other_size,       ///< the symbol is `size` bytes, and `wanted` were asked for
        beyond_symbol,    ///< the symbol is `size` bytes, and the offset is `wanted`
        slide_unknown,    ///< where the kernel was loaded is not known
        not_in_kernel,    ///< the address is in no part of it that is known
        not_in_module,    ///< the address or offset is not in the module's code
        kallsyms_differ,  ///< kallsyms has another symbol there than `file`
        memory_reused,    ///< two modules had it while they were initialised
        layout_unknown,   ///< how the kernel laid the module out is not known
    };

    Code code = no_vmlinux;
    std::string file{};
    std::uint64_t size = 0;
    std::uint64_t wanted = 0;

    friend bool operator==(const KernelMiss&, const KernelMiss&) = default;
};

/// One phrase for people, lower case, without a full stop.
[[nodiscard]] std::string describe(const KernelMiss& miss);

}  // namespace symline
