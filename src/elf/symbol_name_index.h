// From names to the entries of a symbol table.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "elf/symbol_entries.h"

namespace symline::elf {

class SymbolNameIndex {
public:
    /// `entries` must outlive the result.
    explicit SymbolNameIndex(const SymbolEntries& entries) : entries_(&entries) {}

    /// The symbols of a name, with or without its version, in the order of the table.
    ///
    /// The first questions are answered without an index: the name is looked for in the string
    /// table's bytes, and the entries are compared by offset alone, one pass over each. A scan
    /// takes 0.5 ms of a vmlinux, the index 20 ms.
    std::vector<Symbol> find(std::string_view name);
    /// The functions whose names a kernel may cut to `name` (see lto_suffix.h), in the order of the
    /// table. The first questions are answered by a scan here, too.
    std::vector<Symbol> find_cut(std::string_view name);

private:
    static constexpr int kMaxScans = 32;

    struct Hashed {
        std::uint32_t hash = 0, index = 0;
        friend auto operator<=>(const Hashed&, const Hashed&) = default;
    };

    std::vector<Symbol> scan(std::string_view name) const;
    std::vector<std::uint64_t> offsets_of(std::string_view name) const;
    std::vector<Symbol> entries_at(const std::vector<std::uint64_t>& offsets) const;
    std::vector<std::uint64_t> offsets_of_cut(std::string_view name) const;
    void build();
    void build_cut();

    const SymbolEntries* entries_;
    int scans_ = 0;
    std::vector<Hashed> hashed_;  ///< in order; empty until it is built
    int cut_scans_ = 0;
    bool cut_built_ = false;
    std::vector<Hashed> hashed_cut_;  ///< by what is left of the names; in order
};

}  // namespace symline::elf
