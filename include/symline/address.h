// Addresses as distinct types, so that a runtime address cannot be looked up in a file by accident.
//
// A FileAddress is what DWARF, the symbol table and sh_addr speak of. A RuntimeAddress is what a
// CPU, a core file or a log speaks of. A LoadBias is the distance between the two for one loaded
// module; the only way from one to the other goes through it. All values are plain, the caller
// owns them. Units: bytes.
#pragma once

#include <compare>
#include <cstdint>

namespace symline {

/// An address in a file's own address space. For ET_EXEC and ET_DYN files that is the space of
/// p_vaddr; a relocatable file (ET_REL) has no such space, so Module gives every SHF_ALLOC section
/// a base of its own (see Module::address_of).
struct FileAddress {
    std::uint64_t value = 0;
    friend auto operator<=>(const FileAddress&, const FileAddress&) = default;
};

/// An address in a running (or crashed) process or kernel.
struct RuntimeAddress {
    std::uint64_t value = 0;
    friend auto operator<=>(const RuntimeAddress&, const RuntimeAddress&) = default;
};

/// Runtime address minus file address of one loaded module, modulo 2^64 (a KASLR slide, a PIE's
/// load address).
struct LoadBias {
    std::uint64_t value = 0;
    friend auto operator<=>(const LoadBias&, const LoadBias&) = default;
};

/// The one way between the two spaces. Wraps modulo 2^64, as the loader's own arithmetic does.
constexpr FileAddress operator-(RuntimeAddress address, LoadBias bias) {
    return FileAddress{address.value - bias.value};
}

}  // namespace symline
