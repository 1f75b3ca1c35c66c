// Addresses as distinct types, so that a runtime address cannot be looked up in a file by accident.
//
// A FileAddress is what DWARF, the symbol table and sh_addr speak of. A RuntimeAddress is what a
// CPU, a core file or a log speaks of. A LoadBias is the distance between the two for one loaded
// module; the only way from one to the other goes through it. All values are plain, the caller
// owns them. Units: bytes.
//
//     const symline::CodeAddress caller{{0x55d0c0de1234}, symline::CodeKind::after_call};
//     const auto lookup = module.lookup(caller.address - bias, caller.kind);
#pragma once

#include <compare>
#include <cstdint>

namespace symline {

/// An address in a file's own address space. For ET_EXEC and ET_DYN files that is the space of
/// p_vaddr; a relocatable file (ET_REL) has no such space, so Module gives every SHF_ALLOC section
/// a base of its own (see ModuleSections::address_of).
struct FileAddress {
    std::uint64_t value = 0;
    friend auto operator<=>(const FileAddress&, const FileAddress&) = default;
};

/// An address in a running (or crashed) process or kernel.
struct RuntimeAddress {
    std::uint64_t value = 0;
    friend auto operator<=>(const RuntimeAddress&, const RuntimeAddress&) = default;
};

/// What an address of code is to the one who found it.
enum class CodeKind {
    exact,       ///< an instruction's own: a crash, a signal, a sample, the innermost frame
    after_call,  ///< a return address: the call is the instruction before it
};

/// Where to look a code address up: a byte inside of the call for a return address, which may
/// belong to the next line or even the next function. The only place that takes the 1 off.
template <typename Address>
[[nodiscard]] constexpr Address lookup_address(Address address, CodeKind kind) {
    const bool back = kind == CodeKind::after_call && address.value != 0;
    return Address{address.value - (back ? 1 : 0)};
}

/// An address of running code, as it stands in a stack or a register.
struct CodeAddress {
    RuntimeAddress address;
    CodeKind kind = CodeKind::exact;

    [[nodiscard]] constexpr RuntimeAddress lookup_address() const {
        return symline::lookup_address(address, kind);
    }
    friend auto operator<=>(const CodeAddress&, const CodeAddress&) = default;
};

/// Runtime address minus file address of one loaded module, modulo 2^64 (a KASLR slide, a PIE's
/// load address).
struct LoadBias {
    std::uint64_t value = 0;
    friend auto operator<=>(const LoadBias&, const LoadBias&) = default;
};

/// The one way between the two spaces. Wraps modulo 2^64, as the loader's own arithmetic does.
[[nodiscard]] constexpr FileAddress operator-(RuntimeAddress address, LoadBias bias) {
    return FileAddress{address.value - bias.value};
}

}  // namespace symline
