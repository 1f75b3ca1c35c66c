// Which module has a symbol, for texts that name no modules.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/kernel_files.h"

namespace symline::kernel {

class ModuleSymbolIndex {
public:
    /// The only module with a function of that name; null when there is none, or several: then
    /// nothing says which one is meant. The first call reads the symbols of all modules.
    KernelFile* module_with(std::string_view symbol, KernelFiles& files);

private:
    void build(KernelFiles& files);

    struct Entry {
        std::uint64_t hash;  ///< of the function's name
        std::uint32_t module;
    };
    bool built_ = false;
    std::vector<Entry> entries_;  ///< sorted
    std::vector<std::string> modules_;
};

}  // namespace symline::kernel
