// Where the modules of a running kernel are: from texts of it (/proc/modules, which gives each
// module's base, and /sys/module/NAME/sections/SECTION, which gives the address of each section),
// or from the memory of one that crashed. Addresses that the kernel hid (all 0) are left out.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/kernel_files.h"
#include "symline/address.h"
#include "symline/module.h"

namespace symline::kernel {

/// What a line of /proc/modules says of a module, or the kernel's memory.
struct LoadedModule {
    std::string name;
    RuntimeAddress base;
    std::uint64_t size = 0;
    /// False for a kernel that cannot unload modules: it lays them out in another way.
    bool can_be_unloaded = true;
    std::string build_id{};  ///< in hexadecimal; empty: /proc/modules does not say it

    bool holds(RuntimeAddress address) const { return address.value - base.value < size; }
};

/// Where a section of a module begins.
struct LoadedSection {
    RuntimeAddress address;
    std::string module;
    std::string name;
    /// It ends here at the latest: another section of the module begins, or the module ends.
    RuntimeAddress end{std::numeric_limits<std::uint64_t>::max()};

    /// Its memory was freed once the module had started, and may hold another module by now.
    bool is_initial() const { return name.starts_with(".init"); }
};

class LoadedModules {
public:
    LoadedModules() = default;
    /// Lines of /proc/modules ("NAME SIZE USES USERS STATE BASE") and of sections, in any mixture:
    /// "/sys/module/NAME/sections/SECTION ADDRESS", or with a ':' as grep prints it.
    explicit LoadedModules(std::string_view text);
    /// Of each section LoadedSection::end is computed.
    LoadedModules(std::vector<LoadedModule> modules, std::vector<LoadedSection> sections);
    /// This machine's own, or those of the one whose files begin at `root`.
    static LoadedModules of_machine(const std::string& root);

    const std::vector<LoadedModule>& modules() const { return modules_; }
    bool empty() const { return modules_.empty() && sections_.empty(); }
    /// The module that holds an address by its base and size; null when none does.
    const LoadedModule* at(RuntimeAddress address) const;
    /// In hexadecimal; empty when it is not known.
    std::string_view build_id(std::string_view module) const;
    /// Those that hold one of the addresses, once each.
    std::vector<ModuleName> that_hold(std::span<const RuntimeAddress> addresses) const;
    /// The sections that begin at or before an address and may reach to it, the nearest first.
    std::vector<const LoadedSection*> sections_around(RuntimeAddress address) const;

private:
    void add_line(std::string_view line);
    void add_section(std::string_view line);
    void sort();
    void find_ends();

    std::vector<LoadedModule> modules_;    ///< by base
    std::vector<LoadedSection> sections_;  ///< by address
};

/// Whether a file says in which order the kernel laid out the code of a module. Other machines than
/// x86 add tables of jumps to it (module_frob_arch_sections), whose size the file does not have.
bool layout_is_known(const Module& module);
/// The place `offset` bytes after the base that /proc/modules gives: Linux puts the executable
/// sections first, in the order of the file and with no more between them than their alignment
/// asks for (layout_sections in kernel/module/main.c; all 45 sections of the modules of four
/// recorded boots lie so). Nothing beyond them, and for machines that add sections while they load
/// a module (arm64's and PowerPC's jump tables among others).
std::optional<FileAddress> place_by_layout(const Module& module, std::uint64_t offset);
/// The reverse: how far after the base an address of the module's file is.
std::optional<std::uint64_t> offset_by_layout(const Module& module, FileAddress address);

}  // namespace symline::kernel
