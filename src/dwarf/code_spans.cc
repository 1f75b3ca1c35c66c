// The part of DwarfFile that indexes are made from.
#include <algorithm>

#include "dwarf/dwarf_file.h"
#include "dwarf/inline_tree.h"

namespace symline::dwarf {

namespace {

CodeSpan undecided() {
    CodeSpan span;
    span.kind = CodeSpan::Kind::undecided;
    return span;
}

/// True when a function that is inside of another one, or of a type, begins or ends in the span.
bool changes_within(LoadedUnit& unit, std::uint64_t low, std::uint64_t high) {
    const auto& edges = unit.function_edges();
    const auto next = std::ranges::upper_bound(edges, low);
    return next != edges.end() && *next < high;
}

}  // namespace

std::vector<std::uint64_t> DwarfFile::boundaries() {
    std::vector<std::uint64_t> found;
    const auto add = [&](const auto& item) {
        found.push_back(item.low);
        found.push_back(item.high);
    };
    units_.for_each_covered(add);
    std::ranges::for_each(function_ranges(), add);
    std::ranges::sort(found);
    const auto repeated = std::ranges::unique(found);
    found.erase(repeated.begin(), repeated.end());
    return found;
}

CodeSpan DwarfFile::span(std::uint64_t low, std::uint64_t high) {
    start_lookup();
    const auto units = whole_units(low);
    if (units.empty()) return {};
    const auto candidates = functions_at(units, low, *symbols_);
    if (candidates.empty()) return span_without_function(units, low, high);
    // Those of split files count there, but for one lookup only.
    if (!sections_.spend(Work::overlaps, candidates.size() - 1)) return undecided();
    // A function inside of another one may begin and end where no boundary is.
    for (const FunctionMatch& match : candidates) {
        LoadedUnit& unit = *match.unit;
        const bool known = !unit.functions(first_depth(unit.unit())).at(low, 1).empty();
        if (!known && changes_within(unit, low, high)) return undecided();
    }
    return span_of(choose_function(candidates, *symbols_), low, high);
}

bool DwarfFile::add_rows(LoadedUnit& unit, std::uint64_t low, std::uint64_t high, CodeSpan& span) {
    LoadedUnit& rows = unit.with_rows();
    return rows.lines().rows_between(low, high, [&](std::uint64_t address, const LineRow* row) {
        CodeSpan::Row& added = span.rows.emplace_back();
        added.address = address;
        added.present = row != nullptr;
        if (row != nullptr) added.location = builder_.location_of(rows, *row);
    });
}

CodeSpan DwarfFile::span_without_function(const std::vector<LoadedUnit*>& units, std::uint64_t low,
                                          std::uint64_t high) {
    CodeSpan span;
    span.kind = CodeSpan::Kind::rows;
    span.names_decided = false;
    // Which of several units has the row may differ from address to address.
    if (units.size() != 1) return undecided();
    if (!symbols_->holding(low).empty() && changes_within(*units.front(), low, high)) {
        return undecided();
    }
    if (!add_rows(*units.front(), low, high, span)) return undecided();
    return span;
}

CodeSpan DwarfFile::span_of(const FunctionMatch& match, std::uint64_t low, std::uint64_t high) {
    LoadedUnit& unit = *match.unit;
    // Which line sequence belongs to a folded function is decided for each address.
    if (match.ordinal > 0) return undecided();
    CodeSpan span;
    span.kind = CodeSpan::Kind::function;
    span.outermost = builder_.outermost_frame(match, low, Detail::frames);
    span.names_decided = !is_assembly(unit.unit().attributes().language) &&
                         span.outermost.name_source == NameSource::dwarf;
    // A function with many ranges has as many spans, and each passes all DIEs below it.
    if (!sections_.spend(Work::inline_trees, 0)) return undecided();
    std::uint64_t passed = 0;
    const auto tree =
        inline_tree(unit.unit(), unit.abbreviations(), match.function.die, {low, high}, &passed);
    sections_.spend(Work::inline_trees, passed);
    if (!tree || !add_rows(unit, low, high, span)) return undecided();
    for (const InlineNode& node : tree->nodes) {
        CodeSpan::Call& call = span.calls.emplace_back();
        const Frame frame = builder_.inlined_frame(unit, node.call, Detail::frames);
        call.depth = node.depth;
        call.name = frame.name;
        call.linkage_name = frame.linkage_name;
        call.site = builder_.call_site(unit, node.call);
        const auto ranges = tree->ranges_of(node);
        call.ranges.assign(ranges.begin(), ranges.end());
    }
    return span;
}

}  // namespace symline::dwarf
