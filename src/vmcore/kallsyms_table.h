// The symbols that a kernel keeps of itself (CONFIG_KALLSYMS, scripts/kallsyms.c), read from the
// memory of its dump: for a kernel whose vmlinux is not there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "symline/error.h"
#include "vmcore/format/vmcoreinfo.h"
#include "vmcore/memory/kernel_memory.h"

namespace symline::vmcore {

/// A symbol that holds an address.
struct HeldBy {
    std::string_view name;
    std::uint64_t start = 0;
    std::uint64_t size = 0;  ///< as the kernel counts: up to the next symbol
};

class KallsymsTable {
public:
    /// Errors: not_found (VMCOREINFO does not say where it is: before Linux 6.0), unreadable,
    /// malformed.
    static Expected<KallsymsTable> read(const KernelBytes& memory, const Vmcoreinfo& info);

    /// Where a symbol is in the crashed kernel; of several the first global one, else the first.
    std::optional<std::uint64_t> address(std::string_view name) const;
    /// The symbol at or before an address; of several names the first, as kernels print it.
    std::optional<HeldBy> at(std::uint64_t address) const;

private:
    struct Entry {
        std::uint64_t address = 0;
        std::uint32_t name = 0;  ///< in `names_`: its type, a letter, then the name and a NUL
    };
    class Reader;

    std::string_view name(const Entry& entry) const { return names_.data() + entry.name + 1; }

    std::string names_;
    std::vector<Entry> entries_;  ///< by address
};

}  // namespace symline::vmcore
