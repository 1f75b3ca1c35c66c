// Units with functions, written DIE by DIE over one set of abbreviations.
#pragma once

#include <map>

#include "dwarf/dwarf_file.h"
#include "support/line_builder.h"

namespace symline::test {

class ProgramBuilder {
public:
    ProgramBuilder();

    DwarfBuilder& dwarf() { return dwarf_; }
    /// A unit of "main.c" in /usr/src, with the line program at 0. Size 0: a unit without ranges.
    std::uint64_t begin_unit(std::uint64_t low, std::uint64_t size);
    void end_unit() { end_children(), dwarf_.end_unit(); }
    void end_children() { dwarf_.info().uleb(0); }
    std::uint64_t here() { return dwarf_.here(); }

    // Each gives the offset of its DIE from the start of the unit.
    std::uint64_t function(std::string_view name, std::uint64_t low, std::uint64_t size,
                           bool children = false);
    std::uint64_t function_of(std::uint64_t origin, std::uint64_t low, std::uint64_t size);
    std::uint64_t function_of_other_unit(std::uint64_t origin, std::uint64_t low,
                                         std::uint64_t size);
    std::uint64_t abstract(std::string_view name);
    std::uint64_t abstract_of(std::uint64_t specification);
    std::uint64_t declaration(std::string_view name, std::string_view linkage_name,
                              std::uint64_t line);
    std::uint64_t inlined(std::uint64_t origin, std::uint64_t low, std::uint64_t size,
                          std::uint64_t file, std::uint64_t line);
    /// Without children, and with a name besides that of its origin.
    std::uint64_t inlined_named(std::string_view name, std::uint64_t origin, std::uint64_t low,
                                std::uint64_t size);
    std::uint64_t block(std::uint64_t low, std::uint64_t size);
    std::uint64_t name_space();
    /// A structure with children whose DW_AT_sibling is `sibling`.
    std::uint64_t structure(std::uint64_t sibling);

private:
    std::uint64_t begin(std::uint64_t code);
    void place(std::uint64_t low, std::uint64_t size);
    DwarfBuilder dwarf_;
};

/// Symbols for DwarfFile, and how often it asked.
class FakeSymbols : public dwarf::SymbolNames {
public:
    std::map<std::uint64_t, std::string> names;  ///< by first address; each reaches to the next
    int questions = 0;

    std::string_view holding(std::uint64_t address) override {
        ++questions;
        auto after = names.upper_bound(address);
        return after == names.begin() ? std::string_view{} : std::string_view{(--after)->second};
    }
    dwarf::Label label(std::uint64_t address) override { return {holding(address), address}; }
};

}  // namespace symline::test
