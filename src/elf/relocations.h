// Relocations of a relocatable file's debug sections, applied to single values as they are read.
//
// A kernel module's .rela.debug_info holds millions of entries, and one lookup needs a few hundred:
// the entries are searched, not applied. Linkers and assemblers write them in order of offset; a
// table that is not in order is sorted once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "elf/elf_file.h"
#include "elf/joined_sections.h"
#include "elf/relocation_rules.h"
#include "elf/symbol_entries.h"

namespace symline::elf {

/// What the entries of one file have in common: how its machine computes a value, and its symbols.
class Relocator {
public:
    static Expected<std::unique_ptr<Relocator>> of(const ElfFile& file);

    /// How relocations of this type are applied; null when that is not known.
    const RelocationRule* rule(std::uint64_t type) const;
    /// The value of a symbol; 0 when there is none with this index.
    std::uint64_t symbol(std::uint32_t index) const;

private:
    Relocator(std::span<const RelocationRule> rules, SymbolEntries symbols)
        : rules_(rules), symbols_(std::move(symbols)) {}
    void place_joined(std::string_view name);

    std::span<const RelocationRule> rules_;
    SymbolEntries symbols_;
    /// Where the sections that are joined begin, by index.
    std::unordered_map<std::uint32_t, std::uint64_t> joined_;
};

/// The relocations of one section.
class Relocations {
public:
    /// The relocations of `target`, or nothing when it has none.
    static std::optional<Relocations> of(const ElfFile& file, const Section& target,
                                         const Relocator& relocator);

    /// Those of several sections as one: see joined_sections.h.
    static std::optional<Relocations> of(const ElfFile& file, std::span<const JoinedPart> parts,
                                         const Relocator& relocator);

    /// How many entries there are.
    std::size_t size() const { return count_; }

    /// The relocated value of the field at `offset` that holds `value`; `value` itself when there
    /// is no relocation for it.
    std::uint64_t resolve(std::uint64_t offset, std::uint64_t value) const;

private:
    /// Where the addend of an entry is: in the field that it relocates (SHT_REL), or in the entry
    /// (SHT_RELA).
    enum class Addend { in_field, in_entry };

    Relocations(const ElfFile& file, base::Bytes entries, Addend addend,
                const Relocator& relocator);
    /// Those that a section holds.
    static std::optional<Relocations> in(const ElfFile& file, const Section& section,
                                         const Relocator& relocator);
    void move(std::uint64_t distance, std::vector<std::uint8_t>& to) const;
    std::uint64_t offset_of(std::size_t entry) const;
    std::size_t find(std::uint64_t offset) const;
    std::size_t search(std::uint64_t offset) const;
    bool looks_ordered() const;
    void check_order() const;
    std::size_t slot(std::size_t position) const {
        return order_.empty() ? position : order_[position];
    }

    const ElfFile* file_;
    const Relocator* relocator_;
    std::shared_ptr<const std::vector<std::uint8_t>> joined_;  ///< what entries_ views, if joined
    base::Bytes entries_;
    Addend addend_;
    std::size_t stride_;
    std::size_t count_;
    /// Values are read in order: the next entry is probably wanted next.
    mutable std::size_t hint_ = 0;
    mutable bool order_checked_ = false;
    mutable std::vector<std::uint32_t> order_;  ///< entries by offset; empty when they are in order
};

}  // namespace symline::elf
