// From addresses to the entries of a symbol table: which symbol or label is there.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "elf/sized_symbols.h"
#include "elf/symbol_entries.h"

namespace symline::elf {

class SymbolAddressIndex {
public:
    /// Which sections' symbols are in the index. Those in code are a third of a kernel's, and what
    /// most questions need.
    enum class Content { code, everything };
    /// Reads every entry once. `entries` must outlive the result.
    SymbolAddressIndex(const SymbolEntries& entries, Content content);

    /// The symbol with a size that holds an address: of several the one that starts last, of
    /// aliases the preferred one.
    std::optional<Symbol> sized_at(std::uint64_t address);
    /// The symbol without a size that an address follows, in its section and before the next
    /// symbol. `outside_of_sized`: a label on or inside of a sized symbol says nothing about what
    /// follows that symbol.
    enum class Labels { any, outside_of_sized };
    std::optional<Symbol> label_at(std::uint64_t address, Labels which);
    /// Up to here, from `address` on, the answers of both stay the same.
    std::uint64_t unchanged_until(std::uint64_t address);
    /// Appends every address at which one of them may change.
    void add_boundaries(std::vector<std::uint64_t>& found);

private:
    /// A symbol of size 0, which reaches to the next symbol.
    struct Label {
        std::uint64_t low;
        std::uint32_t index;
    };
    /// The code or data of a symbol with a size.
    struct Extent {
        std::uint64_t low = 0, end = 0;
    };

    void add_entries(Content content);
    bool has_place_name(const SymbolEntries::Entry& entry) const;
    std::uint64_t end_of_labels(std::uint64_t low);
    std::uint64_t end_of_section(const Label& label) const;
    Extent extent(std::uint32_t index) const;
    /// For SizedSymbols.
    auto extents() const {
        return [this](std::uint32_t index) { return extent(index); };
    }

    const SymbolEntries* entries_;
    SizedSymbols sized_;
    std::vector<Label> labels_;
};

}  // namespace symline::elf
