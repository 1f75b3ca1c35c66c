#include "vmcore/kernel_modules.h"

#include <algorithm>

#include "elf/notes.h"

namespace symline::vmcore {
namespace {

constexpr std::size_t kMaxModules = 10'000;
constexpr std::size_t kMaxNameSize = 64;
constexpr std::uint64_t kMaxSections = 4096;
constexpr std::uint64_t kMaxNotes = 64;
constexpr std::uint64_t kMaxModuleSize = std::uint64_t{1} << 30;
constexpr std::uint64_t kModuleMemoryTypes = 7;  // MOD_MEM_NUM_TYPES, include/linux/module.h

class ModuleReader {
public:
    explicit ModuleReader(KernelView& kernel) : kernel_(kernel), memory_(kernel.memory()) {}

    std::optional<DumpedModule> read(std::uint64_t module) {
        DumpedModule found;
        found.address = module;
        const auto name = kernel_.at(module, "module", "name");
        if (!name || !read_place(module, found)) return std::nullopt;
        found.name = memory_.string(*name, kMaxNameSize);
        read_sections(module, found);
        read_build_id(module, found);
        read_orc(module, found);
        // Who uses a module is kept for unloading it (CONFIG_MODULE_UNLOAD).
        found.can_be_unloaded = kernel_.member("module", "source_list").has_value();
        return found;
    }

private:
    /// Linux 6.4 split what a module takes by its kind of memory (mem[MOD_TEXT]); before that there
    /// was core_layout, before 4.5 module_core.
    bool read_place(std::uint64_t module, DumpedModule& found) {
        auto base = kernel_.number(module, "module", "core_layout.base");
        auto size = kernel_.number(module, "module", "core_layout.size");
        if (const auto memory = kernel_.at(module, "module", "mem")) {
            base = kernel_.number(*memory, "module_memory", "base");
            size = kernel_.number(*memory, "module_memory", "size");
        } else if (!base) {
            base = kernel_.number(module, "module", "module_core");
            size = kernel_.number(module, "module", "core_size");
        }
        found.base = base.value_or(0);
        found.size = std::min(size.value_or(0), kMaxModuleSize);
        found.whole_size = whole_size(module).value_or(found.size);
        return found.base != 0 && found.size != 0;
    }

    /// As module_total_size() of kernel/module/internal.h; nothing where the code's size is all.
    std::optional<std::uint64_t> whole_size(std::uint64_t module) {
        const auto memory = kernel_.at(module, "module", "mem");
        const auto element = kernel_.size("module_memory");
        if (!memory || !element) return std::nullopt;
        std::uint64_t sum = 0;
        for (std::uint64_t i = 0; i < kModuleMemoryTypes; ++i) {
            const auto size = kernel_.number(*memory + i * *element, "module_memory", "size");
            sum += std::min(size.value_or(0), kMaxModuleSize);
        }
        return sum;
    }

    /// A structure that ends in an array, by the names of its members and of the elements' type.
    struct CountedArray {
        std::string_view type, count, first, element;
    };

    /// The addresses of the elements, at most `max`; none where there is no such structure.
    std::vector<std::uint64_t> elements(std::optional<std::uint64_t> holder,
                                        const CountedArray& array, std::uint64_t max) {
        if (!holder || *holder == 0) return {};
        const auto count = kernel_.number(*holder, array.type, array.count);
        const auto first = kernel_.at(*holder, array.type, array.first);
        const auto size = kernel_.size(array.element);
        if (!count || !first || !size) return {};
        std::vector<std::uint64_t> addresses;
        addresses.reserve(std::min(*count, max));
        for (std::uint64_t i = 0; i < std::min(*count, max); ++i) {
            addresses.push_back(*first + i * *size);
        }
        return addresses;
    }

    void read_sections(std::uint64_t module, DumpedModule& found) {
        constexpr CountedArray kSections{"module_sect_attrs", "nsections", "attrs",
                                         "module_sect_attr"};
        const auto attributes = kernel_.number(module, "module", "sect_attrs");
        for (const std::uint64_t each : elements(attributes, kSections, kMaxSections)) {
            auto name = kernel_.number(each, "module_sect_attr", "battr.attr.name");
            if (!name) name = kernel_.number(each, "module_sect_attr", "mattr.attr.name");
            const auto address = kernel_.number(each, "module_sect_attr", "address");
            if (!name || !address) return;
            found.sections.push_back({*address, memory_.string(*name, kMaxNameSize)});
        }
    }

    /// From the module's notes in sysfs; CONFIG_STACKTRACE_BUILD_ID keeps a copy.
    void read_build_id(std::uint64_t module, DumpedModule& found) {
        constexpr CountedArray kNotes{"module_notes_attrs", "notes", "attrs", "bin_attribute"};
        const auto notes = kernel_.number(module, "module", "notes_attrs");
        for (const std::uint64_t each : elements(notes, kNotes, kMaxNotes)) {
            if (found.build_id) return;
            const auto contents = kernel_.number(each, "bin_attribute", "private");
            const auto length = kernel_.number(each, "bin_attribute", "size");
            if (!contents || !length || *length > 4096) continue;
            std::vector<std::uint8_t> bytes(*length);
            if (!memory_.read(*contents, bytes)) continue;
            found.build_id = elf::build_id_in_notes(bytes, memory_.big_endian());
        }
    }

    void read_orc(std::uint64_t module, DumpedModule& found) {
        const auto count = kernel_.number(module, "module", "arch.num_orcs");
        const auto ips = kernel_.number(module, "module", "arch.orc_unwind_ip");
        const auto entries = kernel_.number(module, "module", "arch.orc_unwind");
        if (!count || !ips || !entries || *count == 0) return;
        found.orc = OrcTable{.code_begin = found.base,
                             .code_end = found.base + found.size,
                             .ips = *ips,
                             .entries = *entries,
                             .count = *count};
    }

    KernelView& kernel_;
    const KernelBytes& memory_;
};

}  // namespace

std::vector<DumpedModule> read_modules(KernelView& kernel, std::vector<std::string>& problems) {
    std::vector<DumpedModule> modules;
    const auto head = kernel.symbol("modules");
    const auto link = kernel.member("module", "list");
    if (!head || !link) {
        problems.emplace_back("vmlinux does not say where the list of modules is");
        return modules;
    }
    ModuleReader reader(kernel);
    bool broken = false;
    for (const std::uint64_t entry : kernel.list(*head, kMaxModules, broken)) {
        if (auto module = reader.read(entry - link->offset)) modules.push_back(std::move(*module));
    }
    if (broken) problems.emplace_back("the list of modules is damaged or not in the dump");
    return modules;
}

kernel::LoadedModules loaded_modules(std::span<const DumpedModule> modules) {
    std::vector<kernel::LoadedModule> loaded;
    std::vector<kernel::LoadedSection> sections;
    for (const DumpedModule& each : modules) {
        loaded.push_back({.name = each.name,
                          .base = {each.base},
                          .size = each.size,
                          .can_be_unloaded = each.can_be_unloaded,
                          .build_id = kernel::hex_or_empty(each.build_id)});
        for (const auto& [address, name] : each.sections) {
            sections.push_back({.address = {address}, .module = each.name, .name = name});
        }
    }
    return {std::move(loaded), std::move(sections)};
}

}  // namespace symline::vmcore
