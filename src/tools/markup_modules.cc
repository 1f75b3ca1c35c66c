#include "tools/markup_modules.h"

#include <iterator>

namespace symline::tools {

void MarkupModules::clear() {
    mappings_.clear();
    modules_.clear();
}

const MarkupModule* MarkupModules::add(const MarkupModule& module) {
    const auto [at, is_new] = modules_.try_emplace(module.number, module);
    return is_new ? &at->second : nullptr;
}

const MarkupModule* MarkupModules::module(std::uint64_t number) const {
    const auto found = modules_.find(number);
    return found == modules_.end() ? nullptr : &found->second;
}

const MarkupMapping* MarkupModules::overlapping(const MarkupMapping& mapping) const {
    const auto next = mappings_.upper_bound(mapping.begin);
    if (next != mappings_.end() && mapping.contains(next->first)) return &next->second;
    if (next == mappings_.begin()) return nullptr;
    const MarkupMapping& before = std::prev(next)->second;
    return before.contains(mapping.begin) ? &before : nullptr;
}

/// One of no bytes may stand where another begins: the first stays.
const MarkupMapping* MarkupModules::add(const MarkupMapping& mapping) {
    return &mappings_.try_emplace(mapping.begin, mapping).first->second;
}

const MarkupMapping* MarkupModules::containing(std::uint64_t address) const {
    const auto next = mappings_.upper_bound(address);
    if (next == mappings_.begin()) return nullptr;
    const MarkupMapping& before = std::prev(next)->second;
    return before.contains(address) ? &before : nullptr;
}

}  // namespace symline::tools
