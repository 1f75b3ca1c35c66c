#include "dwarf/function_cache.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/frame_stack.h"

namespace symline::dwarf {

namespace {

bool same_row(const DecodedFunction::RowInterval& a, const DecodedFunction::RowInterval& b) {
    return a.present == b.present && a.row.line == b.row.line && a.row.file == b.row.file &&
           a.row.column == b.row.column && a.row.discriminator == b.row.discriminator;
}

}  // namespace

bool DecodedFunction::read(LoadedUnit& unit, std::uint64_t function, AddressRange within) {
    auto tree = inline_tree(unit.unit(), unit.abbreviations(), function, within);
    if (!tree) return false;
    rows_.clear();
    const auto add = [this](std::uint64_t from, const LineRow* row) {
        const RowInterval added{from, row != nullptr, row == nullptr ? LineRow{} : *row};
        if (rows_.empty() || !same_row(rows_.back(), added)) rows_.push_back(added);
    };
    const LineTable& lines = unit.with_rows().lines();
    if (!lines.rows_between(within.low, within.high, add) || rows_.empty()) return false;
    tree_ = std::move(*tree);
    set_extents();
    high_ = within.high;
    return true;
}

void DecodedFunction::set_extents() {
    extents_.clear();
    for (const InlineNode& node : tree_.nodes) {
        const auto ranges = tree_.ranges_of(node);
        Extent& extent = extents_.emplace_back();
        extent.whole = ranges.front();
        for (const AddressRange& range : ranges) {
            extent.whole.low = std::min(extent.whole.low, range.low);
            extent.whole.high = std::max(extent.whole.high, range.high);
        }
        extent.after = node.after;
        extent.gaps = ranges.size() > 1;
    }
}

/// Lowers `until` to the next address at which the answer changes.
bool DecodedFunction::node_holds(std::uint32_t number, std::uint64_t address,
                                 std::uint64_t& until) const {
    const Extent& extent = extents_[number];
    if (!extent.whole.contains(address)) {
        if (extent.whole.low > address) until = std::min(until, extent.whole.low);
        return false;
    }
    if (!extent.gaps) {
        until = std::min(until, extent.whole.high);
        return true;
    }
    for (const AddressRange& range : tree_.ranges_of(tree_.nodes[number])) {
        if (range.contains(address)) {
            until = std::min(until, range.high);
            return true;
        }
        if (range.low > address) until = std::min(until, range.low);
    }
    return false;
}

DecodedFunction::Position DecodedFunction::at(std::uint64_t address) {
    const auto next_row = std::ranges::upper_bound(rows_, address, {}, &RowInterval::from);
    std::uint64_t until = next_row == rows_.end() ? high_ : next_row->from;
    calls_.clear();
    auto end = static_cast<std::uint32_t>(tree_.nodes.size());
    for (std::uint32_t i = 0; i < end;) {
        const std::uint32_t after = extents_[i].after;
        if (node_holds(i, address, until)) {
            calls_.push_back(i++);
            end = after;
        } else {
            i = after;
        }
    }
    return {next_row == rows_.begin() ? &rows_.front() : &*std::prev(next_row), &calls_, until};
}

/// A lookup in a function costs about as much as decoding all of it, which is therefore done when
/// another one is expected, or after a few.
bool FunctionCache::worth_reading(const FunctionMatch& match, std::uint64_t address,
                                  std::uint64_t next) {
    constexpr std::size_t kLookups = 4;
    if (std::exchange(recent_die_, match.function.die) != match.function.die) recent_lookups_ = 0;
    const bool expected = next > address && match.function.range.contains(next);
    return ++recent_lookups_ == (expected ? 1 : kLookups);
}

/// The addresses around `address` that only this function of this unit holds.
std::optional<AddressRange> FunctionCache::range_of(const FunctionMatch& match,
                                                    std::uint64_t address) {
    const auto same_unit = units_->interval_around(address);
    const auto& functions = match.unit->functions(first_depth(match.unit->unit())).ranges();
    const auto same_function = functions.interval_around(address);
    if (!same_unit || !same_function) return std::nullopt;
    const auto range = match.function.range.overlap(*same_unit).overlap(*same_function);
    return range.contains(address) ? std::optional(range) : std::nullopt;
}

bool FunctionCache::learn(const FunctionMatch& match, std::uint64_t address, std::uint64_t next) {
    LoadedUnit& unit = *match.unit;
    if (!worth_reading(match, address, next)) return false;
    // In assembler code, labels name parts of a function.
    if (is_assembly(unit.unit().attributes().language)) return false;
    const auto range = range_of(match, address);
    clear();
    if (!range || !function_.read(unit, match.function.die, *range)) return false;
    outermost_ = builder_->outermost_frame(match, address, Detail::frames);
    // Without a name in DWARF, the symbol before each address decides.
    if (outermost_.name_source == NameSource::none) return false;
    calls_.assign(function_.call_count(), {});
    unit_ = &unit;
    range_ = *range;
    return true;
}

FrameAnswer FunctionCache::answer(std::uint64_t address) {
    const auto [row, calls, until] = function_.at(address);
    FrameAnswer answer{.frames = {}, .until = until};
    base::FrameStack stack(answer.frames, calls->size() + 1);
    stack.begin() =
        row->present ? builder_->location_of(unit_->with_rows(), row->row) : SourceLocation{};
    for (auto number = calls->rbegin(); number != calls->rend(); ++number) {
        const CallFrame& call = call_frame(*number);
        stack.copy(call.frame);
        stack.begin() = call.site;
    }
    stack.copy(outermost_);
    return answer;
}

const FunctionCache::CallFrame& FunctionCache::call_frame(std::uint32_t number) {
    CallFrame& call = calls_[number];
    if (std::exchange(call.filled, true)) return call;
    const InlinedSubroutine& inlined = function_.call(number).call;
    call.frame = builder_->inlined_frame(*unit_, inlined, Detail::frames);
    call.site = builder_->call_site(*unit_, inlined);
    return call;
}

}  // namespace symline::dwarf
