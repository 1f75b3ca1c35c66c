// The symbol table of one file: .symtab, or .dynsym where there is no .symtab.
//
// The first few questions for a name are answered without an index: the name is looked for in the
// string table's bytes, and the entries are compared by offset alone, one pass over each. Who asks
// on is given an index. An address needs one from the first question on: of the symbols in code,
// unless data is asked for, and in order only around the address (sized_symbols.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <vector>

#include "elf/elf_file.h"
#include "elf/sized_symbols.h"
#include "symline/symbol.h"

namespace symline::elf {

class SymbolTable {
public:
    /// Finds the table; reads no entry. An absent table is an empty one. `file` must outlive it.
    static Expected<SymbolTable> of(const ElfFile& file);

    /// True when the file has neither .symtab nor .dynsym.
    bool empty() const { return count_ == 0; }
    /// True when the entries are those of .symtab, and it is whole. Others (.dynsym, and what
    /// take_as_partial() was told of) lack most functions: in them only a symbol with a size says
    /// which addresses are its own.
    bool full() const { return full_; }
    /// The file's .symtab is a part of what was there (MiniDebugInfo).
    void take_as_partial() { full_ = false; }
    std::uint32_t size() const { return count_; }

    /// The entry at `index` (< size()).
    Symbol symbol(std::uint32_t index) const;
    /// See Module::symbols_named.
    std::vector<Symbol> named(std::string_view name) const;
    /// See Module::symbol_at.
    std::optional<Symbol> at(FileAddress address) const;
    /// The last symbol at or before an address in its section, of any size: a label inside of a
    /// function, where at() gives the function.
    std::optional<Symbol> label(FileAddress address) const;
    /// From `address` up to here, in its section, at() gives the same answer.
    std::uint64_t unchanged_until(FileAddress address) const;
    /// Appends every address at which at() or label() may change its answer.
    void add_boundaries(std::vector<std::uint64_t>& found) const;
    /// See Module::kallsyms_size.
    std::uint64_t kallsyms_size(const Symbol& symbol) const;

private:
    struct Entry {
        std::uint32_t name;
        std::uint8_t info;
        std::uint16_t section;
        std::uint64_t value, size;
    };
    /// For the index by name: how it hashes, and which entry it is.
    struct Named {
        std::uint32_t hash = 0, index = 0;
        friend auto operator<=>(const Named&, const Named&) = default;
    };
    /// For the index of sizes: where in which section a symbol begins.
    struct Start {
        std::uint32_t section = 0;
        std::uint64_t value = 0;
        friend auto operator<=>(const Start&, const Start&) = default;
    };
    struct Label {
        std::uint64_t low;
        std::uint32_t index;
    };
    /// Symbols by address.
    struct AddressIndex {
        bool built = false;
        SizedSymbols sized;
        std::vector<Label> labels;  ///< symbols of size 0, each reaching to the next symbol
    };
    /// The code or data of a symbol with a size.
    struct Extent {
        std::uint64_t low = 0, end = 0;
    };
    enum class Labels { any, outside_of_sized };

    static constexpr std::uint16_t kFirstReserved = 0xff00;    ///< SHN_LORESERVE
    static constexpr std::uint16_t kExtendedSection = 0xffff;  ///< SHN_XINDEX
    static constexpr std::size_t kEntry32 = 16;
    static constexpr std::size_t kEntry64 = 24;
    /// A scan takes 0.5 ms of a vmlinux, an index 20 ms.
    static constexpr int kMostScans = 32;

    explicit SymbolTable(const ElfFile& file) : file_(&file) {}
    Expected<void> read(const Section& table);
    template <typename Stride, typename Big>
    static Entry decode(const std::uint8_t* at, Stride stride, Big big);
    Entry entry(std::uint32_t index) const;
    /// Calls `scan` with the size of an entry and the byte order as constants: a pass over all
    /// entries that asks for neither of them takes a third of the time.
    template <typename Scan>
    void in_form(const Scan& scan) const;
    std::string_view plain_name(std::string_view name) const;
    std::string_view name_of(const Entry& entry) const;
    bool is_thumb(const Entry& entry) const;
    std::optional<std::uint32_t> section_of(const Entry& entry, std::uint32_t index) const {
        const std::uint32_t section = entry.section;
        if (section == kExtendedSection) return extended_section(index);
        const bool in_one = section != 0 && section < kFirstReserved;
        return in_one && section < file_->sections().size() ? std::optional(section) : std::nullopt;
    }
    std::optional<std::uint32_t> extended_section(std::uint32_t index) const;
    std::vector<std::uint64_t> name_offsets(std::string_view name) const;
    std::vector<Symbol> scan_for(std::string_view name) const;
    void build_name_index() const;
    std::uint64_t scan_for_size(const Symbol& symbol, std::uint64_t room) const;
    void build_size_index() const;
    std::optional<Symbol> find_at(std::uint64_t address) const;
    AddressIndex& addresses_around(std::uint64_t address) const;
    AddressIndex& all_addresses() const;
    void build(AddressIndex& index, bool code_only) const;
    bool has_place_name(const Entry& entry) const;
    std::uint64_t end_of_labels(AddressIndex& index, std::uint64_t low) const;
    std::uint64_t end_of_section(const Label& label) const;
    Extent extent(std::uint32_t index) const;
    /// For SizedSymbols.
    auto extents() const {
        return [this](std::uint32_t index) { return extent(index); };
    }
    std::optional<Symbol> sized_at(AddressIndex& index, std::uint64_t address) const;
    std::optional<Symbol> label_at(AddressIndex& index, std::uint64_t address, Labels which) const;

    const ElfFile* file_;
    base::Bytes entries_;
    base::Bytes strings_;
    base::Bytes extended_;  ///< SHT_SYMTAB_SHNDX: section numbers that do not fit into st_shndx
    std::uint32_t count_ = 0;
    bool full_ = false;
    bool versioned_ = false;  ///< names may carry a version ("qsort@@GLIBC_2.2.5")
    mutable int name_scans_ = 0,
                size_scans_ = 0;  ///< how many questions were asked without an index
    mutable std::vector<Named> names_;
    mutable std::vector<Start> starts_;
    /// The last question of at() and its answer: who gets none elsewhere asks again.
    mutable std::optional<std::uint64_t> last_address_;
    mutable std::optional<Symbol> last_symbol_;
    mutable AddressIndex code_;  ///< of what is in executable sections
    mutable AddressIndex all_;
};

/// The size of an entry and the byte order are constants: see in_form().
template <typename Stride, typename Big>
SymbolTable::Entry SymbolTable::decode(const std::uint8_t* at, Stride stride, Big big) {
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
void SymbolTable::in_form(const Scan& scan) const {
    using Stride32 = std::integral_constant<std::size_t, kEntry32>;
    using Stride64 = std::integral_constant<std::size_t, kEntry64>;
    if (file_->big_endian()) {
        file_->is64() ? scan(Stride64{}, std::true_type{}) : scan(Stride32{}, std::true_type{});
    } else {
        file_->is64() ? scan(Stride64{}, std::false_type{}) : scan(Stride32{}, std::false_type{});
    }
}

}  // namespace symline::elf
