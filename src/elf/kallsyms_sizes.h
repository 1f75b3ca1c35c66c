// How large a symbol is for the kernel: from it to the next one (kallsyms stores no sizes).
#pragma once

#include <cstdint>
#include <vector>

#include "elf/symbol_entries.h"

namespace symline::elf {

class KallsymsSizes {
public:
    /// `entries` must outlive the result.
    explicit KallsymsSizes(const SymbolEntries& entries) : entries_(&entries) {}

    /// The distance to the next symbol of the same section, or to the end of the section. The first
    /// questions are answered by a pass over the table, further ones from an index.
    std::uint64_t size_of(const Symbol& symbol);

private:
    static constexpr int kMaxScans = 32;

    /// Where in which section a symbol starts.
    struct Start {
        std::uint32_t section = 0;
        std::uint64_t value = 0;
        friend auto operator<=>(const Start&, const Start&) = default;
    };

    std::uint64_t scan(const Symbol& symbol, std::uint64_t nearest) const;
    void build();

    const SymbolEntries* entries_;
    int scans_ = 0;
    std::vector<Start> starts_;  ///< in order; empty until it is built
};

}  // namespace symline::elf
