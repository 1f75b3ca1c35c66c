#include "verify/sample.h"

#include <algorithm>
#include <random>
#include <span>

#include "symbolize/debug_evidence.h"

namespace symline::verify {
namespace {

using Range = symbolize::CodeRange;

/// The part of a range that is in the executable section where it begins; empty elsewhere.
Range in_code(const Module& module, Range range) {
    const auto place = module.sections().offset_of(FileAddress{range.low});
    if (!place || !place->section->executable()) return {};
    const std::uint64_t left = place->section->size - place->offset;
    return {range.low, range.low + std::min(range.high - range.low, left)};
}

std::vector<Range> symbol_ranges(const Module& module) {
    std::vector<Range> ranges;
    const auto symbols = module.symbols().all();
    if (!symbols) return ranges;
    for (const Symbol& symbol : *symbols) {
        const bool function =
            symbol.type == SymbolType::function || symbol.type == SymbolType::ifunc;
        if (!function || !symbol.section || symbol.size == 0) continue;
        ranges.push_back({symbol.address.value, symbol.address.value + symbol.size});
    }
    return ranges;
}

/// In order, without those that are empty or not in code.
std::vector<Range> functions_of(const Module& module) {
    std::vector<Range> ranges = symbolize::function_ranges(module);
    const auto symbols = symbol_ranges(module);
    ranges.insert(ranges.end(), symbols.begin(), symbols.end());
    for (Range& range : ranges) range = in_code(module, range);
    std::erase_if(ranges, [](const Range& range) { return range.low >= range.high; });
    const auto order = [](const Range& range) { return std::pair(range.low, range.high); };
    std::ranges::sort(ranges, {}, order);
    const auto repeated = std::ranges::unique(ranges, {}, order);
    ranges.erase(repeated.begin(), repeated.end());
    return ranges;
}

/// What is in order, with ranges that overlap or touch made one.
std::vector<Range> joined(std::span<const Range> ranges) {
    std::vector<Range> result;
    for (const Range& each : ranges) {
        if (!result.empty() && each.low <= result.back().high) {
            result.back().high = std::max(result.back().high, each.high);
        } else {
            result.push_back(each);
        }
    }
    return result;
}

/// `ranges` do not overlap.
bool holds(std::span<const Range> ranges, std::uint64_t address) {
    const auto after = std::ranges::upper_bound(ranges, address, {}, &Range::low);
    return after != ranges.begin() && address < std::prev(after)->high;
}

/// Numbers of a generator of the standard library are the same everywhere, its distributions are
/// not.
class Chooser {
public:
    explicit Chooser(std::uint64_t seed) : numbers_(seed) {}
    /// Below `count`, which is not 0.
    std::uint64_t below(std::uint64_t count) { return numbers_() % count; }

private:
    std::mt19937_64 numbers_;
};

class RandomSample {
public:
    RandomSample(std::span<const Range> functions, std::uint64_t seed)
        : functions_(functions), chooser_(seed) {
        sums_.reserve(functions.size());
        std::uint64_t sum = 0;
        for (const Range& each : functions) sums_.push_back(sum += each.high - each.low);
    }

    std::uint64_t next() { return chooser_.below(2) == 0 ? any_byte() : any_function(); }

private:
    std::uint64_t any_byte() {
        const std::uint64_t at = chooser_.below(sums_.back());
        const auto index = std::ranges::upper_bound(sums_, at) - sums_.begin();
        return functions_[static_cast<std::size_t>(index)].high -
               (sums_[static_cast<std::size_t>(index)] - at);
    }
    std::uint64_t any_function() {
        const Range& function = functions_[chooser_.below(functions_.size())];
        switch (chooser_.below(4)) {
            case 0: return function.low;
            case 1: return function.high - 1;
            default: return function.low + chooser_.below(function.high - function.low);
        }
    }

    std::span<const Range> functions_;
    Chooser chooser_;
    std::vector<std::uint64_t> sums_;
};

void sort_out(std::vector<FileAddress>& addresses) {
    std::ranges::sort(addresses);
    const auto repeated = std::ranges::unique(addresses);
    addresses.erase(repeated.begin(), repeated.end());
}

std::vector<FileAddress> ends_of_rows(std::span<const Range> functions,
                                      std::span<const std::uint64_t> changes) {
    const std::vector<Range> code = joined(functions);
    std::vector<FileAddress> ends;
    const auto add = [&](std::uint64_t address) {
        if (holds(code, address)) ends.push_back(FileAddress{address});
    };
    for (const std::uint64_t each : changes) {
        add(each);
        add(each - 1);
    }
    sort_out(ends);
    return ends;
}

}  // namespace

Sample sample_of(const Module& module, const SampleRequest& request) {
    Sample sample;
    const std::vector<Range> functions = functions_of(module);
    if (functions.empty() || request.addresses == 0) return sample;
    if (const auto changes = symbolize::places_of_change(module, request.addresses)) {
        auto ends = ends_of_rows(functions, *changes);
        if (!ends.empty() && ends.size() <= request.addresses) return {std::move(ends), true};
    }
    RandomSample random(functions, request.seed);
    sample.addresses.reserve(request.addresses);
    for (std::size_t i = 0; i < request.addresses; ++i) {
        sample.addresses.push_back(FileAddress{random.next()});
    }
    sort_out(sample.addresses);
    return sample;
}

}  // namespace symline::verify
