// The entries of one ELF symbol table, and the names and sections that they refer to.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>

#include "elf/elf_file.h"
#include "symline/symbol.h"

namespace symline::elf {

class SymbolEntries {
public:
    /// An Elf32_Sym or Elf64_Sym.
    struct Entry {
        std::uint32_t name;
        std::uint8_t info;
        std::uint16_t section;
        std::uint64_t value, size;
    };
    static constexpr std::size_t kEntry32 = 16;
    static constexpr std::size_t kEntry64 = 24;

    /// No entries.
    explicit SymbolEntries(const ElfFile& file) : file_(&file) {}
    /// Those of a section of type SHT_SYMTAB or SHT_DYNSYM. `file` must outlive the result.
    static Expected<SymbolEntries> of(const ElfFile& file, const Section& table);
    /// The section of .symtab, of .dynsym where there is no .symtab, or null.
    static const Section* table_of(const ElfFile& file);
    /// Takes other bytes, of as many entries, in place of the file's.
    void replace(std::shared_ptr<const std::uint8_t[]> entries);

    const ElfFile& file() const { return *file_; }
    std::uint32_t size() const { return count_; }
    /// The string table.
    std::string_view strings() const {
        return {reinterpret_cast<const char*>(strings_.data()), strings_.size()};
    }
    /// Names may carry a version ("qsort@@GLIBC_2.2.5").
    bool versioned() const { return versioned_; }

    /// The entry at `index` (< size()), as it stands in the file, or as a Symbol.
    Entry entry(std::uint32_t index) const;
    Symbol symbol(std::uint32_t index) const;
    /// The name of an entry as it stands in the file.
    std::string_view whole_name(const Entry& entry) const {
        return base::string_at(strings_, entry.name);
    }
    /// A name without its version.
    std::string_view plain_name(std::string_view name) const;
    std::string_view name_of(const Entry& entry) const { return plain_name(whole_name(entry)); }
    /// The first bytes of an entry's name, at most `size`.
    std::string_view name_start(const Entry& entry, std::size_t size) const {
        return strings().substr(std::min<std::size_t>(entry.name, strings_.size()), size);
    }
    /// Nothing for what is not in a section: undefined, absolute, common.
    std::optional<std::uint32_t> section_of(const Entry& entry, std::uint32_t index) const {
        const std::uint32_t section = entry.section;
        if (section == kExtendedSection) return extended_section(index);
        const bool in_one = section != 0 && section < kFirstReserved;
        return in_one && section < file_->sections().size() ? std::optional(section) : std::nullopt;
    }
    static bool is_function(const Entry& entry);
    /// The section of an entry that is known to have one.
    const Section& section(const Entry& entry, std::uint32_t index) const {
        return file_->sections()[*section_of(entry, index)];
    }
    /// st_value without the mark of Thumb functions: ARM sets the lowest bit of theirs (ELF for the
    /// Arm Architecture, 5.5.3).
    std::uint64_t value_of(const Entry& entry) const {
        return marks_thumb_ && is_function(entry) ? entry.value & ~std::uint64_t{1} : entry.value;
    }

    /// Calls `scan(stride, big)` with the size of an entry and whether it is big-endian, as
    /// constants (std::integral_constant): a pass over all entries that asks for neither of them
    /// takes a third of the time.
    template <typename Scan>
    void in_form(const Scan& scan) const;
    /// The bytes of all entries, and one of them: see in_form().
    const std::uint8_t* data() const { return entries_.data(); }
    template <typename Stride, typename Big>
    static Entry decode(const std::uint8_t* at, Stride stride, Big big);

    static constexpr std::uint16_t kFirstReserved = 0xff00;  ///< SHN_LORESERVE

private:
    static constexpr std::uint16_t kExtendedSection = 0xffff;  ///< SHN_XINDEX

    std::optional<std::uint32_t> extended_section(std::uint32_t index) const;

    const ElfFile* file_;
    std::shared_ptr<const std::uint8_t[]> replaced_;  ///< what entries_ views, if not the file
    base::Bytes entries_;
    base::Bytes strings_;
    base::Bytes extended_;  ///< SHT_SYMTAB_SHNDX: section numbers that do not fit into st_shndx
    std::uint32_t count_ = 0;
    bool versioned_ = false;
    bool marks_thumb_ = false;
};

template <typename Stride, typename Big>
SymbolEntries::Entry SymbolEntries::decode(const std::uint8_t* at, Stride stride, Big big) {
    if constexpr (stride() == kEntry64) {
        return {base::load<std::uint32_t>(at, big()), at[4],
                base::load<std::uint16_t>(at + 6, big()), base::load<std::uint64_t>(at + 8, big()),
                base::load<std::uint64_t>(at + 16, big())};
    } else {
        return {base::load<std::uint32_t>(at, big()), at[12],
                base::load<std::uint16_t>(at + 14, big()), base::load<std::uint32_t>(at + 4, big()),
                base::load<std::uint32_t>(at + 8, big())};
    }
}

template <typename Scan>
void SymbolEntries::in_form(const Scan& scan) const {
    using Stride32 = std::integral_constant<std::size_t, kEntry32>;
    using Stride64 = std::integral_constant<std::size_t, kEntry64>;
    if (file_->big_endian()) {
        file_->is64() ? scan(Stride64{}, std::true_type{}) : scan(Stride32{}, std::true_type{});
    } else {
        file_->is64() ? scan(Stride64{}, std::false_type{}) : scan(Stride32{}, std::false_type{});
    }
}

/// Names that an assembler or a compiler makes for itself: kallsyms leaves them out.
inline bool is_mapping_symbol(std::string_view name) {
    return name.starts_with(".L") || name.starts_with("L0") || name.starts_with("$");
}

}  // namespace symline::elf
