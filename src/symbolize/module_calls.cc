#include "symbolize/module_calls.h"

#include "symbolize/ask_dwarf.h"

namespace symline::symbolize {

std::optional<dwarf::CallSite> call_returning_to(const Module& module, FileAddress return_address) {
    return ask_dwarf(module, [&](dwarf::DwarfFile& dwarf) {
        return dwarf.call_returning_to(return_address.value);
    });
}

std::optional<dwarf::TailCallingFunction> tail_calls_at(const Module& module, FileAddress address) {
    return ask_dwarf(module,
                     [&](dwarf::DwarfFile& dwarf) { return dwarf.tail_calls_at(address.value); });
}

}  // namespace symline::symbolize
