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

/// By address, from the struct module at `module`; none where they cannot be read.
std::vector<ModuleSymbol> read_module_symbols(KernelView& kernel, std::uint64_t module);

}  // namespace symline::vmcore
