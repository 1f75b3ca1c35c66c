#include "symbolize/debug_evidence.h"

#include <algorithm>

#include "symbolize/ask_dwarf.h"

namespace symline::symbolize {
namespace {

void add_changes(const dwarf::CodeSpan& span, std::vector<std::uint64_t>& found) {
    for (const auto& row : span.rows) found.push_back(row.address);
    for (const auto& call : span.calls) {
        for (const auto& range : call.ranges) {
            found.push_back(range.low);
            found.push_back(range.high);
        }
    }
}

void sort_out(std::vector<std::uint64_t>& addresses) {
    std::ranges::sort(addresses);
    const auto repeated = std::ranges::unique(addresses);
    addresses.erase(repeated.begin(), repeated.end());
}

}  // namespace

std::optional<dwarf::Evidence> evidence_at(const Module& module, FileAddress address) {
    return ask_dwarf(module,
                     [&](dwarf::DwarfFile& dwarf) { return dwarf.evidence(address.value); });
}

std::vector<CodeRange> function_ranges(const Module& module) {
    return ask_dwarf(module, [](dwarf::DwarfFile& dwarf) {
        std::vector<CodeRange> ranges;
        for (const auto& each : dwarf.function_ranges()) ranges.push_back({each.low, each.high});
        return ranges;
    });
}

std::optional<std::vector<std::uint64_t>> places_of_change(const Module& module, std::size_t max) {
    using Places = std::optional<std::vector<std::uint64_t>>;
    return ask_dwarf(module, [max](dwarf::DwarfFile& dwarf) -> Places {
        const std::vector<std::uint64_t> boundaries = dwarf.boundaries();
        std::vector<std::uint64_t> found = boundaries;
        for (std::size_t i = 0; i + 1 < boundaries.size() && found.size() <= 4 * max; ++i) {
            add_changes(dwarf.span(boundaries[i], boundaries[i + 1]), found);
        }
        sort_out(found);
        if (found.size() > max) return std::nullopt;
        return found;
    });
}

}  // namespace symline::symbolize
