#include "dwarf/dwarf_file.h"

#include <algorithm>

#include "dwarf/embedded_source.h"
#include "dwarf/frame_variables.h"

namespace symline::dwarf {

void DwarfFile::limit_memory(std::size_t max) {
    cache_.clear();
    units_.limit_memory(max);
}

void DwarfFile::start_lookup() {
    sections_.budget().start_lookup();
    splits_.start_lookup();
    limit_memory(units_.cache_policy().size);
}

/// The units whose code may hold an address, with the split unit in place of its skeleton.
std::vector<LoadedUnit*> DwarfFile::whole_units(std::uint64_t address) {
    auto units = units_.at(address);
    for (LoadedUnit*& unit : units) unit = &splits_.whole(*unit);
    return units;
}

FrameAnswer DwarfFile::at(std::uint64_t address, Detail detail, Hint hint) {
    constexpr std::size_t kFew = 32;
    const bool cacheable = detail == Detail::frames;
    if (cacheable) {
        if (auto known = cache_.at(address)) return *std::move(known);
    }
    if (++lookups_ == kFew) sections_.expect_many();
    start_lookup();
    const auto units = whole_units(address);
    if (units.empty()) {
        return {.frames = {}, .until = hint.next < address ? 0 : unit_at(address).range.high};
    }
    const auto candidates = functions_at(units, address, *symbols_);
    if (candidates.empty()) return {.frames = frames_without_function(units, address)};
    const FunctionMatch match = choose_function(candidates, *symbols_);
    const bool simple = cacheable && candidates.size() == 1 && problem().empty();
    if (simple && cache_.learn(match, address, hint.next)) return *cache_.at(address);
    return {.frames = builder_.frames_of(match, address, detail)};
}

/// Functions that were folded into one have calls of their own each.
std::optional<FunctionMatch> DwarfFile::only_function_at(std::uint64_t address) {
    start_lookup();
    auto candidates = functions_at(whole_units(address), address, *symbols_);
    if (candidates.empty()) return std::nullopt;
    const auto low = [](const FunctionMatch& match) { return match.function.range.low; };
    const auto last = std::ranges::max(candidates, {}, low);
    if (std::ranges::count(candidates, low(last), low) != 1) return std::nullopt;
    return last;
}

std::vector<Variable> DwarfFile::variables_at(std::uint64_t address) {
    start_lookup();
    const auto candidates = functions_at(whole_units(address), address, *symbols_);
    if (candidates.empty()) return {};
    return frame_variables(choose_function(candidates, *symbols_), address, builder_);
}

std::optional<Variable> DwarfFile::static_variable_at(std::uint64_t address) {
    start_lookup();
    if (variables_ == nullptr) {
        variables_ = std::make_unique<VariableFinder>(sections_, units_, splits_, builder_);
    }
    return variables_->at(address);
}

/// Split units leave the files of their code to the skeleton.
std::string_view DwarfFile::embedded_source(std::uint64_t address, std::string_view path) {
    start_lookup();
    for (LoadedUnit* unit : units_.at(address)) {
        const auto text = dwarf::embedded_source(*unit, path);
        if (!text.empty()) return text;
    }
    return {};
}

std::optional<CallSite> DwarfFile::call_returning_to(std::uint64_t address) {
    const auto function = address == 0 ? std::nullopt : only_function_at(address - 1);
    return function ? dwarf::call_returning_to(*function, address) : std::nullopt;
}

std::optional<TailCallingFunction> DwarfFile::tail_calls_at(std::uint64_t address) {
    const auto function = only_function_at(address);
    return function ? tail_calls_of(*function) : std::nullopt;
}

std::vector<Frame> DwarfFile::frames_without_function(const std::vector<LoadedUnit*>& units,
                                                      std::uint64_t address) {
    for (LoadedUnit* unit : units) {
        const SourceLocation location = builder_.row_location(*unit, address, 0);
        if (location.file.empty() && location.line == 0) continue;
        Frame frame;
        frame.location = location;
        return {frame};
    }
    return {};
}

}  // namespace symline::dwarf
