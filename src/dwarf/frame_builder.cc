#include "dwarf/frame_builder.h"

#include <algorithm>
#include <utility>

#include "base/frame_stack.h"
#include "dwarf/path_join.h"

namespace symline::dwarf {
namespace {

/// Of code in one place its begin, as llvm-symbolizer prints it: gcc gives inlined copies an entry
/// that is behind it. Of code in several places the entry: a .cold part lies before the function.
/// Of no code at all, as gcc gives it to what all was inlined into, where that would be.
std::uint64_t start_of(LoadedUnit& unit, std::uint64_t die, std::uint64_t fallback) {
    PcAttributes pc;
    PcValue entry_pc;
    DieWalk walk(unit.unit(), unit.abbreviations(), die);
    if (walk.next() != DieWalk::Step::die) return fallback;
    walk.read_attributes([&](const AttributeSpec& spec, const FormValue& value) {
        pc.set(spec.name, value);
        if (spec.name == DW::DW_AT_entry_pc) entry_pc = value;
    });
    auto start =
        pc.ranges ? entry_of_code(unit.unit(), pc, entry_pc) : base_of_code(unit.unit(), pc);
    if (!start && pc.low_pc) start = unit.unit().address(pc.low_pc);
    return start.value_or(fallback);
}

}  // namespace

std::vector<Frame> FrameBuilder::frames_of(const FunctionMatch& match, std::uint64_t address,
                                           Detail detail) {
    LoadedUnit& unit = *match.unit;
    const auto calls = inlined_at(unit.unit(), unit.abbreviations(), match.function.die, address);
    // Functions folded into one address have a line sequence each, in the order of their DIEs.
    // Where their numbers differ, there is no way to pair them.
    const bool paired =
        match.ordinal > 0 && unit.with_rows().lines().sequences_at(address) == match.folded;
    std::vector<Frame> frames;
    base::FrameStack stack(frames, calls.size() + 1);
    stack.begin() = row_location(unit, address, paired ? match.ordinal : 0);
    for (auto call = calls.rbegin(); call != calls.rend(); ++call) {
        stack.copy(inlined_frame(unit, *call, detail));
        stack.begin() = call_site(unit, *call);
    }
    stack.copy(outermost_frame(match, address, detail));
    return frames;
}

Frame FrameBuilder::inlined_frame(LoadedUnit& unit, const InlinedSubroutine& call, Detail detail) {
    Frame frame;
    frame.inlined = true;
    set_names(frame, function_names(unit.table(), unit, call), detail);
    if (detail == Detail::declarations) {
        frame.start = FileAddress{start_of(unit, call.die, call.range.low)};
    }
    return frame;
}

Frame FrameBuilder::outermost_frame(const FunctionMatch& match, std::uint64_t address,
                                    Detail detail) {
    Frame frame;
    set_names(frame, outermost_names(match, address, frame), detail);
    if (detail == Detail::frames) {
        frame.start.reset();
    } else if (!frame.start) {
        frame.start =
            FileAddress{start_of(*match.unit, match.function.die, match.function.range.low)};
    }
    return frame;
}

FunctionNames FrameBuilder::outermost_names(const FunctionMatch& match, std::uint64_t address,
                                            Frame& frame) {
    FunctionNames names = function_names(match.unit->table(), *match.unit, match.function.die);
    const auto language = match.unit->unit().attributes().language;
    if (names.name.empty() && names.linkage_name.empty()) {
        // The name is in a supplementary file that was not found.
        names.name = symbols_->holding(match.function.range.low);
        if (!names.name.empty()) frame.name_source = NameSource::symbol_table;
    } else if (lacks_linkage_name(names, language)) {
        names.linkage_name = symbols_->holding(match.function.range.low);
    }
    if (is_assembly(language)) {
        // The assembler makes one subprogram of a function with several entry points; its labels
        // are the names that the kernel's own traces print (entry_SYSCALL_64_after_hwframe).
        const Label label = symbols_->label(address);
        if (!label.name.empty() && label.name != names.name) {
            names.name = label.name;
            frame.start = FileAddress{label.address};
            frame.name_source = NameSource::symbol_table;
        }
    }
    return names;
}

void FrameBuilder::set_names(Frame& frame, const FunctionNames& names, Detail detail) {
    frame.name = kept(names.name);
    frame.linkage_name = kept(names.linkage_name);
    const bool named = !frame.linkage_or_name().empty();
    if (named && frame.name_source == NameSource::none) frame.name_source = NameSource::dwarf;
    if (detail != Detail::declarations || names.declared_in == nullptr) return;
    set_file(names.declared_in->with_files(), names.declaration_file, frame.declaration);
    frame.declaration.line = static_cast<std::uint32_t>(names.declaration_line);
}

void FrameBuilder::set_declaration_file(LoadedUnit& unit, std::uint64_t index,
                                        SourceLocation& location) {
    // Before DWARF 5 file number 0 means that the file is not known.
    const bool known = index != 0 || unit.unit().parameters().version >= 5;
    if (known) set_file(unit.with_files(), index, location);
}

SourceLocation FrameBuilder::call_site(LoadedUnit& unit, const InlinedSubroutine& call) {
    SourceLocation location;
    if (call.has_call_file) set_declaration_file(unit, call.call_file, location);
    location.line = static_cast<std::uint32_t>(call.call_line);
    location.column = static_cast<std::uint32_t>(call.call_column);
    location.discriminator = static_cast<std::uint32_t>(call.call_discriminator);
    return location;
}

SourceLocation FrameBuilder::row_location(LoadedUnit& unit, std::uint64_t address,
                                          std::size_t ordinal) {
    LoadedUnit& rows = unit.with_rows();
    const auto row = rows.lines().at(address, ordinal);
    return row ? location_of(rows, *row) : SourceLocation{};
}

SourceLocation FrameBuilder::location_of(LoadedUnit& unit, const LineRow& row) {
    SourceLocation location;
    set_file(unit, row.file, location);
    location.line = row.line;
    location.column = row.column;
    location.discriminator = row.discriminator;
    return location;
}

std::string_view FrameBuilder::keep(std::string text) {
    return *texts_.insert(std::move(text)).first;
}

void FrameBuilder::set_file(LoadedUnit& unit, std::uint64_t index, SourceLocation& location) {
    auto known = unit.paths.find(index);
    if (known == unit.paths.end()) {
        std::pair<std::string_view, std::uint32_t> path;
        if (const auto entry = unit.lines().file(index)) {
            const auto& attributes = unit.unit().attributes();
            JoinedPath joined =
                join_path(*entry, unit.unit().string(attributes.compilation_directory));
            // Linux opens no path of more than 4,096 bytes. Kept without a limit, two long strings
            // that every entry of a file table names would fill the memory.
            constexpr std::size_t kMaxPath = 16384;
            if (joined.text.size() <= kMaxPath) {
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
