// The symbols that a crashed kernel kept of one of its modules, for its own kallsyms.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vmcore/kernel_view.h"

namespace symline::vmcore {

struct ModuleSymbol {
    std::uint64_t address = 0;
    std::string name;
};

/// What may be read of all modules of a dump, for each of them may claim the same symbols: all of a
/// distribution's that were ever loaded at once have 500,000.
struct ModuleSymbolBudget {
    std::uint64_t symbols = std::uint64_t{1} << 21;
    std::uint64_t name_bytes = std::uint64_t{1} << 26;
};

/// By address, from the struct module at `module`; none where they cannot be read.
std::vector<ModuleSymbol> read_module_symbols(KernelView& kernel, std::uint64_t module,
                                              ModuleSymbolBudget& budget);

}  // namespace symline::vmcore
