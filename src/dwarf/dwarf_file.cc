#include "dwarf/dwarf_file.h"

#include <algorithm>
#include <utility>

#include "dwarf/inlines.h"
#include "dwarf/path_join.h"

namespace symline::dwarf {
namespace {

/// A symbol's name without what a compiler appends to a clone (".cold", ".isra.0", ".llvm.123").
std::string_view without_suffix(std::string_view symbol) {
    const auto dot = symbol.find('.', 1);
    return symbol.substr(0, dot);
}

bool agrees(const FunctionNames& names, std::string_view symbol) {
    const std::string_view own = names.linkage_name.empty() ? names.name : names.linkage_name;
    return !own.empty() && (own == symbol || own == without_suffix(symbol));
}

}  // namespace

std::vector<Frame> DwarfFile::at(std::uint64_t address, Detail detail) {
    constexpr std::size_t kFew = 32;
    if (detail == Detail::frames && known_.holds(address)) return known_frames(address);
    if (++lookups_ == kFew) sections_.expect_many();
    sections_.start_lookup();
    splits_.start_lookup();
    limit_memory(cache_size_);
    auto units = units_.at(address);
    fit_cache(units);
    if (units.empty()) {
        if (expected_ >= address) same_until_ = units_.unit_at(address).range.high;
        return {};
    }
    for (LoadedUnit*& unit : units) unit = &splits_.whole(*unit);
    const auto candidates = places(units, address);
    if (candidates.empty()) return frames_without_function(units, address);
    const Place place = choose(candidates);
    const bool simple = detail == Detail::frames && candidates.size() == 1;
    if (simple && learn(place, address)) return known_frames(address);
    return frames_of(place, address, detail);
}

/// Units that share addresses are asked for again and again, and so is one that was asked for again
/// after it had been dropped.
void DwarfFile::fit_cache(const std::vector<LoadedUnit*>& units) {
    if (units.size() > 1 || units_.missed_units() != 0) cache_size_ = largest_cache_size_;
}

/// Reads the whole function when it is asked for again and again. False when it was not read.
bool DwarfFile::learn(const Place& place, std::uint64_t address) {
    constexpr std::size_t kAgain = 4;
    LoadedUnit& unit = *place.unit;
    if (std::exchange(recent_function_, place.function.die) != place.function.die) {
        recent_lookups_ = 0;
    }
    const bool expected = expected_ > address && place.function.range.contains(expected_);
    if (++recent_lookups_ != (expected ? 1 : kAgain)) return false;
    // Labels name parts of an assembler's function.
    if (is_assembly(unit.unit().attributes().language) || !problem().empty()) return false;
    const auto same_unit = units_.stretch_around(address);
    const auto same_function = unit.functions(ScanDepth::shallow).ranges().stretch_around(address);
    if (!same_unit || !same_function) return false;
    const AddressRange range = place.function.range.overlap(*same_unit).overlap(*same_function);
    if (!range.contains(address) || !known_.read(unit, place.function.die, range)) return false;
    known_.outermost = {};
    set_names(known_.outermost, outermost_names(place, address, known_.outermost), Detail::frames);
    // What DWARF does not name, the symbol in front of each address does.
    const bool named = known_.outermost.name_source != NameSource::none;
    if (!named) known_.clear();
    return named;
}

std::vector<Frame> DwarfFile::known_frames(std::uint64_t address) {
    LoadedUnit& unit = known_.unit();
    const auto [row, calls, until] = known_.at(address);
    same_until_ = until;
    const auto& chain = *calls;
    SourceLocation location =
        row->present ? location_of(unit.with_rows(), row->row) : SourceLocation{};
    std::vector<Frame> frames;
    frames.reserve(chain.size() + 1);
    for (auto number = chain.rbegin(); number != chain.rend(); ++number) {
        const KnownFunction::Call& call = known_call(*number);
        frames.push_back(call.frame);
        frames.back().location = location;
        location = call.site;
    }
    frames.push_back(known_.outermost);
    frames.back().location = location;
    return frames;
}

KnownFunction::Call& DwarfFile::known_call(std::uint32_t number) {
    KnownFunction::Call& call = known_.call(number);
    if (std::exchange(call.filled, true)) return call;
    LoadedUnit& unit = known_.unit();
    const InlinedSubroutine& inlined = known_.node(number).call;
    call.frame.inlined = true;
    set_names(call.frame, function_names(unit.table(), unit, inlined), Detail::frames);
    call.site = call_site(unit, inlined);
    return call;
}

std::vector<DwarfFile::Place> DwarfFile::places(const std::vector<LoadedUnit*>& units,
                                                std::uint64_t address) {
    std::vector<Place> found;
    const auto collect = [&](ScanDepth depth) {
        for (LoadedUnit* unit : units) {
            const auto functions = unit->functions(depth).at(address);
            std::optional<std::uint64_t> low;
            std::size_t ordinal = 0;
            for (const FunctionDie& function : functions) {
                ordinal = function.range.low == low ? ordinal + 1 : 0;
                low = function.range.low;
                found.push_back({unit, function, ordinal});
            }
            // The last of those that start together knows how many they are.
            for (std::size_t i = found.size(), known = 0; i-- > found.size() - functions.size();) {
                known = std::max(known, found[i].ordinal + 1);
                found[i].folded = known;
                if (found[i].ordinal == 0) known = 0;
            }
        }
    };
    collect(ScanDepth::shallow);
    // A function inside of another one is below what the shallow scan sees. Padding between
    // functions is the commoner reason to find nothing, and has no symbol.
    if (found.empty() && !symbols_->holding(address).empty()) collect(ScanDepth::full);
    return found;
}

DwarfFile::Place DwarfFile::choose(const std::vector<Place>& candidates) {
    if (candidates.size() == 1) return candidates.front();
    // The function that starts last is the innermost. Those that start together were folded into
    // one by the linker: the symbol table says which of them kept its name.
    std::uint64_t low = 0;
    for (const Place& place : candidates) low = std::max(low, place.function.range.low);
    const std::string_view symbol = symbols_->holding(low);
    const Place* first = nullptr;
    for (const Place& place : candidates) {
        if (place.function.range.low != low) continue;
        if (first == nullptr) first = &place;
        if (symbol.empty()) break;
        if (agrees(function_names(place.unit->table(), *place.unit, place.function.die), symbol))
            return place;
    }
    return *first;
}

std::vector<Frame> DwarfFile::frames_without_function(const std::vector<LoadedUnit*>& units,
                                                      std::uint64_t address) {
    for (LoadedUnit* unit : units) {
        const SourceLocation location = row_location(*unit, address, 0);
        if (location.file.empty() && location.line == 0) continue;
        Frame frame;
        frame.location = location;
        return {frame};
    }
    return {};
}

std::vector<Frame> DwarfFile::frames_of(const Place& place, std::uint64_t address, Detail detail) {
    LoadedUnit& unit = *place.unit;
    auto inlined = inlined_at(unit.unit(), unit.abbreviations(), place.function.die, address);
    std::vector<Frame> frames;
    frames.reserve(inlined.size() + 1);
    // Functions folded into one address have a line sequence each, in the order of their DIEs.
    // Where the numbers differ, which belongs to which cannot be told.
    const bool paired =
        place.ordinal > 0 && unit.with_rows().lines().sequences_at(address) == place.folded;
    SourceLocation location = row_location(unit, address, paired ? place.ordinal : 0);
    for (auto each = inlined.rbegin(); each != inlined.rend(); ++each) {
        Frame& frame = frames.emplace_back();
        frame.location = location;
        frame.inlined = true;
        const auto names = function_names(unit.table(), unit, *each);
        set_names(frame, names, detail);
        if (detail == Detail::declarations) {
            frame.start = FileAddress{start_of(unit, each->die, each->range.low)};
        }
        location = call_site(unit, *each);
    }
    Frame& outermost = frames.emplace_back();
    outermost.location = location;
    set_names(outermost, outermost_names(place, address, outermost), detail);
    if (detail == Detail::declarations) {
        outermost.start = FileAddress{start_of(unit, place.function.die, place.function.range.low)};
    }
    return frames;
}

/// The function's names, completed from the symbol table where DWARF does not have them.
FunctionNames DwarfFile::outermost_names(const Place& place, std::uint64_t address, Frame& frame) {
    FunctionNames names = function_names(place.unit->table(), *place.unit, place.function.die);
    const auto language = place.unit->unit().attributes().language;
    if (names.name.empty() && names.linkage_name.empty()) {
        // The name is in a supplementary file that is not there.
        names.name = symbols_->holding(place.function.range.low);
        if (!names.name.empty()) frame.name_source = NameSource::symbol_table;
    } else if (lacks_linkage_name(names, language)) {
        names.linkage_name = symbols_->holding(place.function.range.low);
    }
    if (is_assembly(language)) {
        // The assembler makes one subprogram of a function with several entry points; its labels
        // are the names that the kernel's own traces print (entry_SYSCALL_64_after_hwframe).
        const std::string_view label = symbols_->label(address);
        if (!label.empty() && label != names.name) {
            names.name = label;
            frame.name_source = NameSource::symbol_table;
        }
    }
    return names;
}

void DwarfFile::set_names(Frame& frame, const FunctionNames& names, Detail detail) {
    const bool stays = splits_.empty();
    frame.name = stays ? names.name : keep(std::string(names.name));
    frame.linkage_name = stays ? names.linkage_name : keep(std::string(names.linkage_name));
    const bool named = !frame.linkage_or_name().empty();
    if (named && frame.name_source == NameSource::none) frame.name_source = NameSource::dwarf;
    if (detail != Detail::declarations || names.declared_in == nullptr) return;
    set_file(names.declared_in->with_files(), names.declaration_file, frame.declaration);
    frame.declaration.line = static_cast<std::uint32_t>(names.declaration_line);
}

std::uint64_t DwarfFile::start_of(LoadedUnit& unit, std::uint64_t die, std::uint64_t fallback) {
    PcAttributes pc;
    DieWalk walk(unit.unit(), unit.abbreviations(), die);
    if (walk.next() != DieWalk::Step::die) return fallback;
    walk.read_attributes(
        [&](const AttributeSpec& spec, const FormValue& value) { pc.set(spec.name, value); });
    std::uint64_t start = fallback;
    for_each_range(unit.unit(), pc, [&](AddressRange range) {
        start = std::min(start, range.low);
        return true;
    });
    return start;
}

SourceLocation DwarfFile::call_site(LoadedUnit& unit, const InlinedSubroutine& call) {
    SourceLocation location;
    // Before DWARF 5 file number 0 means that the file is not known.
    const bool known =
        call.has_call_file && (call.call_file != 0 || unit.unit().parameters().version >= 5);
    if (known) set_file(unit.with_files(), call.call_file, location);
    location.line = static_cast<std::uint32_t>(call.call_line);
    location.column = static_cast<std::uint32_t>(call.call_column);
    location.discriminator = static_cast<std::uint32_t>(call.call_discriminator);
    return location;
}

SourceLocation DwarfFile::row_location(LoadedUnit& unit, std::uint64_t address,
                                       std::size_t ordinal) {
    LoadedUnit& rows = unit.with_rows();
    const auto row = rows.lines().at(address, ordinal);
    return row ? location_of(rows, *row) : SourceLocation{};
}

SourceLocation DwarfFile::location_of(LoadedUnit& unit, const LineRow& row) {
    SourceLocation location;
    set_file(unit, row.file, location);
    location.line = row.line;
    location.column = row.column;
    location.discriminator = row.discriminator;
    return location;
}

std::string_view DwarfFile::keep(std::string text) {
    return *texts_.insert(std::move(text)).first;
}

void DwarfFile::set_file(LoadedUnit& unit, std::uint64_t index, SourceLocation& location) {
    auto known = unit.paths.find(index);
    if (known == unit.paths.end()) {
        std::pair<std::string_view, std::uint32_t> path;
        if (const auto entry = unit.lines().file(index)) {
            const auto& attributes = unit.unit().attributes();
            JoinedPath joined =
                join_path(*entry, unit.unit().string(attributes.compilation_directory));
            // Linux opens no path of more than 4,096 bytes. Kept without a limit, two long strings
            // that every entry of a file table names would fill the memory.
            constexpr std::size_t kLongestPath = 16384;
            if (joined.text.size() <= kLongestPath) {
                path.second = joined.compilation_directory_size;
                path.first = keep(std::move(joined.text));
            }
        }
        known = unit.paths.emplace(index, path).first;
    }
    location.file = known->second.first;
    location.compilation_directory_size = known->second.second;
}

}  // namespace symline::dwarf
