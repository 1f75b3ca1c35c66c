// Finds the address in a module that a word of input names.
#pragma once

#include <cstdint>
#include <optional>

#include "output/names.h"
#include "symline/module.h"
#include "tools/input.h"

namespace symline::tools {

struct InputPlace {
    std::uint64_t shown = 0;             ///< printed with -a
    std::optional<FileAddress> address;  ///< nothing if the input names no place in the module
    bool by_number = false;              ///< given by number, not by a symbol or section
};

struct InputPlaceRules {
    const Section* section = nullptr;  ///< -j: numbers are offsets in it
    std::uint64_t adjust = 0;          ///< subtracted from every number before it is looked up
    const output::NameStyle* names =
        nullptr;                 ///< with -C: symbols may be given by their demangled names
    bool whole_numbers = false;  ///< text after a number makes it invalid
};

/// Whether every number is an address of the module after rules.adjust is subtracted.
bool numbers_are_addresses(const Module& module, const InputPlaceRules& rules);

/// Numbers are addresses; in a relocatable file they are offsets into the section that GNU
/// addr2line uses: .text if it is not empty, otherwise the first section of code. Errors: a symbol
/// table or section headers that cannot be read.
Expected<InputPlace> find_place(const Module& module, const Input& input,
                                const InputPlaceRules& rules);

}  // namespace symline::tools
