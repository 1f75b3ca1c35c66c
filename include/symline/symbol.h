// Symbols of an ELF symbol table, and the "function+offset/size" form in which logs name places.
//
//     if (const auto place = symline::SymbolOffset::parse("vfs_read+0x9c/0x2f0")) {
//         std::cout << place->name << ' ' << place->offset << '\n';  // vfs_read 156
//     }
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "symline/address.h"

namespace symline {

enum class SymbolBinding { local, global, weak, unique, other };
enum class SymbolType { none, object, function, section, file, common, tls, ifunc, other };

/// One entry of .symtab (or .dynsym where there is no .symtab). `name` is a view into the Module.
struct Symbol {
    /// As a program writes it: "qsort", where the table has "qsort@@GLIBC_2.2.5".
    std::string_view name;
    /// Where it is, in the module's flat address space. For an absolute or undefined symbol the
    /// bare st_value.
    FileAddress address;
    /// Index of its section, nothing for SHN_ABS, SHN_UNDEF and SHN_COMMON symbols.
    std::optional<std::uint32_t> section;
    /// st_value as it stands in the table: an address in ET_EXEC and ET_DYN, an offset into
    /// `section` in ET_REL.
    std::uint64_t value = 0;
    SymbolBinding binding = SymbolBinding::local;
    SymbolType type = SymbolType::none;
    /// st_size in bytes; 0 for most symbols made by an assembler.
    std::uint64_t size = 0;
    /// Position in the symbol table, from 0.
    std::uint32_t index = 0;
};

/// `name+offset/size` as a log or a user writes it, taken apart. Offsets are in bytes, modulo 2^64.
struct SymbolOffset {
    std::string name;
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> size;

    /// Takes "name+offset" or "name+offset/size" apart by the rules of scripts/faddr2line: the name
    /// ends at the last '+', the offset lies between the first '+' and the last '/', the size after
    /// the first '/'. Numbers are decimal, hexadecimal (0x) or octal (leading 0), may be negative
    /// and wrap modulo 2^64. "f+1/" is "f+1". Nothing when the text is not of this form.
    [[nodiscard]] static std::optional<SymbolOffset> parse(std::string_view text);
};

}  // namespace symline
