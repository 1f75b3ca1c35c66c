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
    /// The only module with a function of that name, failing that of a name that a kernel cuts to
    /// it (elf/lto_suffix.h); null when there is none, or several: then nothing says which one is
    /// meant. The first call reads the symbols of all modules.
    KernelFile* module_with(std::string_view symbol, KernelFiles& files);

private:
    struct Entry {
        std::uint64_t hash;  ///< of the function's name
        std::uint32_t module;
        friend auto operator<=>(const Entry&, const Entry&) = default;
    };

    void build(KernelFiles& files);
    void add(const Symbol& symbol, std::uint32_t module);
    KernelFile* only_module(const std::vector<Entry>& entries, std::string_view symbol,
                            KernelFiles& files) const;

    bool built_ = false;
    std::vector<Entry> entries_;      ///< sorted
    std::vector<Entry> cut_entries_;  ///< by cut names; sorted
    std::vector<std::string> modules_;
};

}  // namespace symline::kernel
