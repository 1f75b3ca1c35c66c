// Texts that say where a running kernel's symbols are: /proc/kallsyms and System.map.
// Addresses that the kernel hid (all 0) are left out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "symline/address.h"

namespace symline::kernel {

/// A place by the nearest symbol before it.
struct KallsymsPlace {
    std::string_view name;
    std::string_view module;  ///< empty for the kernel itself
    std::uint64_t offset = 0;
};

/// /proc/kallsyms or System.map: "ADDRESS TYPE NAME [MODULE]" a line.
class Kallsyms {
public:
    explicit Kallsyms(std::string text);

    bool empty() const { return entries_.empty(); }
    /// The last symbol at or before the address; nothing before the first one. Views into this.
    std::optional<KallsymsPlace> at(RuntimeAddress address) const;
    /// The symbols at or before the address, nearest first, as far as they are of the same module;
    /// none when the nearest is the kernel's own.
    std::vector<KallsymsPlace> module_before(RuntimeAddress address) const;
    /// Where the kernel's own symbol of that name is; nothing when there is none.
    std::optional<RuntimeAddress> address_of(std::string_view name) const;
    /// The module of the only one that has a symbol of that name, failing that one of a name that
    /// kernels cut to it; nothing when none has, or several.
    std::optional<std::string_view> module_with(std::string_view name) const;

private:
    struct Entry {
        std::uint64_t address;
        std::uint32_t name, name_size, module_size;  ///< the module begins after "NAME\t["
    };
    std::string_view name(const Entry& entry) const;
    std::string_view module(const Entry& entry) const;
    std::optional<std::string_view> only_module(std::span<const std::uint32_t> symbols) const;
    void add(std::string_view line);

    std::string text_;
    std::vector<Entry> entries_;          ///< by address
    std::vector<std::uint32_t> by_name_;  ///< indices of entries_, by name
};

}  // namespace symline::kernel
