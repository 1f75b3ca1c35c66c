#include "kernel/module_symbol_index.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "base/path.h"
#include "elf/lto_suffix.h"

namespace symline::kernel {

KernelFile* ModuleSymbolIndex::module_with(std::string_view symbol, KernelFiles& files) {
    if (!std::exchange(built_, true)) build(files);
    const auto hash = std::hash<std::string_view>{}(symbol);
    const bool whole = std::ranges::binary_search(entries_, hash, {}, &Entry::hash);
    return only_module(whole ? entries_ : cut_entries_, symbol, files);
}

KernelFile* ModuleSymbolIndex::only_module(const std::vector<Entry>& entries,
                                           std::string_view symbol, KernelFiles& files) const {
    const auto hash = std::hash<std::string_view>{}(symbol);
    const auto range = std::ranges::equal_range(entries, hash, {}, &Entry::hash);
    if (range.empty() || range.front().module != range.back().module) return nullptr;
    KernelFile* file = files.module(modules_[range.front().module], {});
    if (file == nullptr) return nullptr;
    const auto& symbols = file->symbols();
    return symbols.named(symbol).empty() && symbols.cut_to(symbol).empty() ? nullptr : file;
}

void ModuleSymbolIndex::add(const Symbol& symbol, std::uint32_t module) {
    constexpr std::hash<std::string_view> kHash;
    entries_.push_back({kHash(symbol.name), module});
    elf::for_each_cut(symbol.name,
                      [&](std::string_view cut) { cut_entries_.push_back({kHash(cut), module}); });
}

void ModuleSymbolIndex::build(KernelFiles& files) {
    std::set<std::string> seen;
    for (const auto& candidate : files.all_modules()) {
        auto name = find::module_name(base::file_name(candidate.path));
        if (!seen.insert(name).second) continue;
        const auto file = Module::open(candidate.path, {.find_debug_file = false});
        const auto symbols = file ? file->symbols().all() : std::unexpected(file.error());
        if (!symbols) continue;
        const auto number = static_cast<std::uint32_t>(modules_.size());
        for (const Symbol& symbol : *symbols) {
            if (!symbol.section || symbol.type != SymbolType::function) continue;
            add(symbol, number);
        }
        modules_.push_back(std::move(name));
    }
    std::ranges::sort(entries_);
    std::ranges::sort(cut_entries_);
}

}  // namespace symline::kernel
