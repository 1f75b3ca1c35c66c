// Why a lookup that worked has no answer: the reason behind a "??".
#pragma once

#include <string_view>

namespace symline {

enum class Miss {
    no_debug_info,     ///< neither DWARF nor a symbol table in the file or a debug file of it
    no_symbols,        ///< no DWARF for the address, and the file has no symbol table
    not_covered,       ///< in the file, but in no function, line row or sized symbol
    not_mapped,        ///< in no section (or, for a runtime address, in no mapping) of the module
    module_not_found,  ///< the module that the address belongs to is not known
};

/// One phrase for people, lower case, without a full stop: "no debug information".
std::string_view describe(Miss miss);

}  // namespace symline
