// The modules that a crashed kernel had loaded, from its own list.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernel/loaded_modules.h"
#include "symline/build_id.h"
#include "vmcore/kernel_view.h"
#include "vmcore/unwind/orc.h"

namespace symline::vmcore {

struct DumpedModule {
    struct Section {
        std::uint64_t address = 0;
        std::string name;
    };

    std::uint64_t address = 0;  ///< of its struct module
    std::string name;
    std::uint64_t base = 0;  ///< of its code
    std::uint64_t size = 0;
    std::uint64_t whole_size = 0;  ///< with its data, as lsmod counts
    std::optional<BuildId> build_id;
    std::vector<Section> sections;  ///< none when the kernel does not say
    std::optional<OrcTable> orc;
    bool can_be_unloaded = true;  ///< see kernel::LoadedModule
};

/// In the kernel's order, the newest first. What cannot be read is added to `problems`.
std::vector<DumpedModule> read_modules(KernelView& kernel, std::vector<std::string>& problems);

/// As addresses are looked up in them.
kernel::LoadedModules loaded_modules(std::span<const DumpedModule> modules);

}  // namespace symline::vmcore
