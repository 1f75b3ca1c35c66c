#include "kernel/module_symbol_index.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "base/path.h"

namespace symline::kernel {

KernelFile* ModuleSymbolIndex::module_with(std::string_view symbol, KernelFiles& files) {
    if (!std::exchange(built_, true)) build(files);
    const auto hash = std::hash<std::string_view>{}(symbol);
    const auto range = std::ranges::equal_range(entries_, hash, {}, &Entry::hash);
    if (range.empty() || range.front().module != range.back().module) return nullptr;
    KernelFile* file = files.module(modules_[range.front().module], {});
    return file == nullptr || file->symbols().named(symbol).empty() ? nullptr : file;
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
            entries_.push_back({std::hash<std::string_view>{}(symbol.name), number});
        }
        modules_.push_back(std::move(name));
    }
    std::ranges::sort(entries_, [](const Entry& a, const Entry& b) {
        return a.hash != b.hash ? a.hash < b.hash : a.module < b.module;
    });
}

}  // namespace symline::kernel
