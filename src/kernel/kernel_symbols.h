// The symbols of one kernel file, for many questions: by name, and with the size that kallsyms
// gives. ModuleSymbols::match reads the whole table for each question, which is right for one.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "symline/module.h"

namespace symline::kernel {

class KernelSymbols {
public:
    /// Reads the table. `module` is borrowed. A table that cannot be read is an empty one.
    explicit KernelSymbols(const Module& module);

    /// Every symbol of that name that stands in a section, in symbol table order.
    std::vector<const Symbol*> named(std::string_view name) const;
    /// The functions whose names a kernel may print as `name` although they are longer: see
    /// elf/lto_suffix.h. In symbol table order.
    std::vector<const Symbol*> cut_to(std::string_view name) const;
    /// See ModuleSymbols::kallsyms_size.
    std::uint64_t size(const Symbol& symbol) const;
    /// The size that a running kernel prints: it counts up to the next symbol at a higher address,
    /// also where that one begins inside of this one, as the second entry of an assembly function
    /// does (get_symbol_pos in kernel/kallsyms.c, find_kallsyms_symbol in kernel/module). To the
    /// section's end for the last symbol.
    std::uint64_t printed_size(const Symbol& symbol) const;
    /// The first symbol at exactly that address, functions before others and before "__pfx_" ones;
    /// null when there is none.
    const Symbol* starting_at(FileAddress address) const;

private:
    /// A symbol by the hash of what is left of its name.
    struct Cut {
        std::uint64_t hash = 0;
        std::uint32_t symbol = 0;
        friend auto operator<=>(const Cut&, const Cut&) = default;
    };

    void order_by_address() const;
    void find_cut_names() const;
    std::uint64_t distance_to_next(const Symbol& symbol, std::uint64_t min_distance) const;
    std::size_t bucket(std::string_view name) const;

    const Module& module_;
    std::vector<Symbol> symbols_;
    /// Chains of symbols whose names hash alike: the first of each bucket, and what follows each.
    std::vector<std::uint32_t> first_;
    std::vector<std::uint32_t> next_;
    mutable std::vector<std::uint32_t> by_address_;
    mutable bool found_cut_names_ = false;
    mutable std::vector<Cut> cut_names_;  ///< in order
};

}  // namespace symline::kernel
