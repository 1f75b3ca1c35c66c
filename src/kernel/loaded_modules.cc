#include "kernel/loaded_modules.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <ranges>
#include <set>
#include <utility>

#include "base/file_text.h"
#include "base/path.h"
#include "base/text_words.h"
#include "elf/constants.h"

namespace symline::kernel {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSections = "/sections/";

}  // namespace

LoadedModules::LoadedModules(std::string_view text) {
    base::for_each_line(text, [this](std::string_view line) { add_line(line); });
    sort();
}

LoadedModules::LoadedModules(std::vector<LoadedModule> modules, std::vector<LoadedSection> sections)
    : modules_(std::move(modules)), sections_(std::move(sections)) {
    sort();
}

LoadedModules LoadedModules::of_machine(const std::string& root) {
    LoadedModules loaded(base::file_text(root + "/proc/modules"));
    std::error_code failure;
    for (fs::directory_iterator module(root + "/sys/module", failure), end;
         !failure && module != end; module.increment(failure)) {
        std::error_code absent;
        for (fs::directory_iterator section(module->path() / "sections", absent);
             !absent && section != end; section.increment(absent)) {
            auto line = section->path().native() + " " + base::file_text(section->path());
            line.erase(std::min(line.find('\n'), line.size()));
            loaded.add_section(line);
        }
    }
    loaded.sort();
    return loaded;
}

void LoadedModules::add_line(std::string_view line) {
    if (line.find(kSections) != std::string_view::npos) {
        add_section(line);
        return;
    }
    const auto name = base::take_word(line);
    const auto size = base::number(base::take_word(line), 10);
    const auto uses = base::take_word(line);
    base::take_word(line);  // by whom
    base::take_word(line);  // the state
    const auto base = base::number(base::take_word(line), 16);
    if (name.empty() || !size || !base || *base == 0) return;
    modules_.push_back({std::string(name), RuntimeAddress{*base}, *size, uses != "-"});
}

void LoadedModules::add_section(std::string_view line) {
    const auto mark = line.rfind(kSections);
    if (mark == std::string_view::npos) return;
    const auto module = base::file_name(line.substr(0, mark));
    auto rest = line.substr(mark + kSections.size());
    const auto end = rest.find_first_of(" \t:");
    if (end == std::string_view::npos || module.empty() || end == 0) return;
    const auto name = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    const auto address = base::number(base::take_word(rest), 16);
    if (!address || *address == 0) return;
    sections_.push_back({RuntimeAddress{*address}, std::string(module), std::string(name)});
}

void LoadedModules::sort() {
    std::ranges::stable_sort(modules_, {}, [](const auto& each) { return each.base.value; });
    std::ranges::stable_sort(sections_, {}, [](const auto& each) { return each.address.value; });
    find_ends();
}

/// By the next section of the same module and by the end of the memory that it began in: a section
/// in another part of memory (of the module's initialisation; of its data since Linux 6.4) is
/// bounded by the former alone.
void LoadedModules::find_ends() {
    std::map<std::string_view, const LoadedSection*> following;
    for (LoadedSection& section : sections_ | std::views::reverse) {
        const auto [next, is_last] = following.try_emplace(section.module, &section);
        if (!is_last) {
            const LoadedSection& after = *std::exchange(next->second, &section);
            section.end = after.address == section.address ? after.end : after.address;
        }
        const LoadedModule* holder = at(section.address);
        if (holder == nullptr || holder->name != section.module) continue;
        section.end.value = std::min(section.end.value, holder->base.value + holder->size);
    }
}

const LoadedModule* LoadedModules::at(RuntimeAddress address) const {
    const auto base = [](const LoadedModule& each) { return each.base.value; };
    const auto after = std::ranges::upper_bound(modules_, address.value, {}, base);
    if (after == modules_.begin()) return nullptr;
    const LoadedModule& last = *(after - 1);
    return last.holds(address) ? &last : nullptr;
}

std::string_view LoadedModules::build_id(std::string_view module) const {
    const auto found = std::ranges::find(modules_, module, &LoadedModule::name);
    return found == modules_.end() ? std::string_view() : found->build_id;
}

std::vector<ModuleName> LoadedModules::that_hold(std::span<const RuntimeAddress> addresses) const {
    std::set<const LoadedModule*> seen;
    std::vector<ModuleName> names;
    for (const RuntimeAddress address : addresses) {
        const LoadedModule* loaded = at(address);
        if (loaded == nullptr || !seen.insert(loaded).second) continue;
        names.push_back({loaded->name, loaded->build_id});
    }
    return names;
}

std::vector<const LoadedSection*> LoadedModules::sections_around(RuntimeAddress address) const {
    // Sections of other modules may stand between, in memory that was freed.
    constexpr std::size_t kMax = 64;
    constexpr std::uint64_t kFarthest = std::uint64_t{64} * 1024 * 1024;
    const auto start = [](const LoadedSection& each) { return each.address.value; };
    auto at = std::ranges::upper_bound(sections_, address.value, {}, start);
    std::vector<const LoadedSection*> found;
    while (at != sections_.begin() && found.size() < kMax) {
        --at;
        if (address.value - at->address.value > kFarthest) break;
        if (address < at->end) found.push_back(&*at);
    }
    return found;
}

bool layout_is_known(const Module& module) {
    const auto machine = module.elf().machine();
    return (machine == elf::kX86_64 || machine == elf::kI386) &&
           module.elf().type() == FileType::relocatable;
}

namespace {

struct LaidOutSection {
    const Section* section = nullptr;
    std::uint64_t begin = 0;  ///< after the module's base
};

/// In the order of memory; none where the layout is not known.
std::vector<LaidOutSection> laid_out_code(const Module& module) {
    if (!layout_is_known(module)) return {};
    std::vector<LaidOutSection> laid_out;
    std::uint64_t next = 0;
    for (const Section& section : module.sections().all()) {
        if (!section.allocated() || !section.executable()) continue;
        if (section.name.starts_with(".init")) continue;
        const std::uint64_t alignment = std::max<std::uint64_t>(section.alignment, 1);
        const std::uint64_t begin = next + (alignment - next % alignment) % alignment;
        if (begin < next || begin + section.size < begin) break;
        laid_out.push_back({&section, begin});
        next = begin + section.size;
    }
    return laid_out;
}

}  // namespace

std::optional<FileAddress> place_by_layout(const Module& module, std::uint64_t offset) {
    for (const auto& [section, begin] : laid_out_code(module)) {
        if (offset < begin) return std::nullopt;
        if (offset - begin < section->size) {
            return FileAddress{section->address.value + offset - begin};
        }
    }
    return std::nullopt;
}

std::optional<std::uint64_t> offset_by_layout(const Module& module, FileAddress address) {
    for (const auto& [section, begin] : laid_out_code(module)) {
        const std::uint64_t distance = address.value - section->address.value;
        if (distance < section->size) return begin + distance;
    }
    return std::nullopt;
}

}  // namespace symline::kernel
