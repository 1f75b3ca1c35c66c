#include "symline/module_variables.h"

#include "symbolize/ask_dwarf.h"

namespace symline {

std::vector<Variable> variables_in_frame(const Module& module, FileAddress address) {
    return symbolize::fetch_and_ask_dwarf(
        module, [&](dwarf::DwarfFile& dwarf) { return dwarf.variables_at(address.value); });
}

std::optional<Variable> variable_at(const Module& module, FileAddress address) {
    return symbolize::fetch_and_ask_dwarf(
        module, [&](dwarf::DwarfFile& dwarf) { return dwarf.static_variable_at(address.value); });
}

}  // namespace symline
