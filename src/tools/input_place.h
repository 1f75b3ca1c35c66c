// From what was typed to an address in a module.
#pragma once

#include <cstdint>
#include <optional>

#include "output/names.h"
#include "symline/module.h"
#include "tools/input.h"

namespace symline::tools {

struct InputPlace {
    std::uint64_t shown = 0;             ///< what -a prints
    std::optional<FileAddress> address;  ///< nothing when the input names no place of the module
    bool by_number = false;              ///< not named by a symbol or a section
};

struct InputPlaceRules {
    const Section* section = nullptr;  ///< -j: numbers are offsets in it
    std::uint64_t adjust = 0;          ///< taken from every number before it is looked up
    const output::NameStyle* names =
        nullptr;                 ///< with -C: symbols go by their demangled names, too
    bool whole_numbers = false;  ///< what follows a number makes it none
};

/// Whether every number is an address of the module, once rules.adjust is taken from it.
bool numbers_are_addresses(const Module& module, const InputPlaceRules& rules);

/// Numbers are addresses; in a relocatable file, offsets into the section that GNU addr2line takes
/// them for: .text if it is not empty, else the first section of code. Errors: a symbol table or
/// section headers that cannot be read.
Expected<InputPlace> find_place(const Module& module, const Input& input,
                                const InputPlaceRules& rules);

}  // namespace symline::tools
