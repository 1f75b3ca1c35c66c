#include "symbolize/index_builder.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "symbolize/index_identity.h"
#include "symbolize/index_origin.h"

namespace symline::symbolize {

std::uint64_t placement_of(const elf::ElfFile& file) {
    // FNV-1a.
    std::uint64_t hash = 0xcbf29ce484222325;
    const auto add = [&hash](std::uint64_t value) {
        for (int i = 0; i < 8; ++i, value >>= 8) hash = (hash ^ (value & 0xff)) * 0x100000001b3;
    };
    for (const Section& section : file.sections()) {
        if (!section.allocated() || !section.executable()) continue;
        for (const char c : section.name) add(static_cast<unsigned char>(c));
        add(section.address.value);
        add(section.size);
    }
    return hash;
}

double seconds_to_index(const elf::ElfFile& debug_file) {
    constexpr double kSecondsPerByte = 5e-9;  // of Debian's vmlinux and ceph-osd, 2.5 GHz
    double bytes = 0;
    for (const char* name : {".debug_info", ".debug_line"}) {
        const Section* section = debug_file.debug_section(name);
        if (section != nullptr) bytes += static_cast<double>(section->size);
    }
    return 0.05 + bytes * kSecondsPerByte;
}

namespace {

/// Where two sections have one address, which of them answers differs from place to place, and an
/// index has one answer for each. Sections in the order of their addresses.
std::string overlap(const std::vector<const Section*>& code) {
    const Section* reaching_furthest = nullptr;
    for (const Section* each : code) {
        if (each->size == 0) continue;
        const auto* before = std::exchange(reaching_furthest, each);
        if (before == nullptr || each->address.value - before->address.value >= before->size) {
            continue;
        }
        return "sections " + std::string(before->name) + " and " + std::string(each->name) +
               " have the same addresses";
    }
    return {};
}

}  // namespace

Expected<std::vector<std::uint8_t>> IndexBuilder::run() {
    const auto refuse = [&](ErrorCode code, std::string message) {
        return std::unexpected(Error{code, code_.path(), std::move(message)});
    };
    if (index_name(code_).empty()) {
        return refuse(ErrorCode::unsupported,
                      "no build id, and no path: an index could not be found again");
    }
    const BuildId id = index_id(code_);
    if (dwarf_ == nullptr)
        return refuse(ErrorCode::not_found, "no debug information to make an index of");
    dwarf_->start_index();
    boundaries_ = dwarf_->boundaries();
    symbol_boundaries_ = symbols_.boundaries();
    std::vector<const Section*> code;
    for (const Section& section : code_.sections()) {
        if (!section.allocated() || !section.executable()) continue;
        code.push_back(&section);
        so_far_.all += section.size;
    }
    std::ranges::sort(code, {}, [](const Section* each) { return each->address.value; });
    if (const auto problem = overlap(code); !problem.empty()) {
        return refuse(ErrorCode::malformed, problem);
    }
    for (const Section* section : code) {
        if (!dwarf_->problem().empty()) break;
        add_section(*section);
    }
    if (!dwarf_->problem().empty()) return refuse(ErrorCode::malformed, dwarf_->problem());
    if (!dwarf_->missing().empty()) return refuse(ErrorCode::not_found, dwarf_->missing());
    // Of a file that is written meanwhile, an index would have parts of both.
    if (index_id(code_) != id) return refuse(ErrorCode::mismatch, "the file is being changed");
    std::string debug_path;
    auto bytes = writer_.finish({.build_id = id,
                                 .placement = placement_of(code_),
                                 .has_symbols = symbols_.any(),
                                 .origin = origin_of(files_, debug_path)});
    if (!bytes) bytes.error().file = code_.path();
    return bytes;
}

namespace {

/// Calls `visit(range)` for the parts of a range between boundaries.
template <typename Visit>
void for_each_part(const std::vector<std::uint64_t>& boundaries, gsym::CodeRange range,
                   Visit visit) {
    auto next = std::ranges::upper_bound(boundaries, range.low);
    for (std::uint64_t low = range.low; low < range.high;) {
        const std::uint64_t high =
            next == boundaries.end() ? range.high : std::min(*next++, range.high);
        visit(gsym::CodeRange{low, high});
        low = high;
    }
}

}  // namespace

void IndexBuilder::add_section(const Section& section) {
    const std::uint64_t low = section.address.value;
    const std::uint64_t end = low + section.size;
    if (end <= low) return;
    // Stubs take their names from relocations, and no lookup of them is slow.
    if (elf::PltStubs::is_plt(section)) return writer_.add_gap({low, end});
    for_each_part(boundaries_, {low, end}, [&](Range range) {
        if (!dwarf_->problem().empty()) return;
        report(range.high - low);
        // Sections of data may overlap it.
        if (code_.section_at(FileAddress{range.low}) == &section) add_span(range);
    });
    so_far_.done += section.size;
}

void IndexBuilder::report(std::uint64_t done_here) {
    constexpr std::uint64_t kBetween = 1024;
    pages_.apply(dwarf_);
    if (++so_far_.spans % kBetween == 0 && progress_)
        progress_(so_far_.done + done_here, so_far_.all);
}

void IndexBuilder::add_span(Range range) {
    const dwarf::CodeSpan span = dwarf_->span(range.low, range.high);
    if (span.kind == dwarf::CodeSpan::Kind::function && span.names_decided) {
        return add_function(span, range);
    }
    for_each_part(symbol_boundaries_, range, [&](Range part) { add_part(part); });
}

void IndexBuilder::add_part(Range range) {
    using Kind = dwarf::CodeSpan::Kind;
    dwarf::CodeSpan span = dwarf_->span(range.low, range.high);
    switch (span.kind) {
        case Kind::undecided: return writer_.add_gap(range);
        case Kind::nothing: return add_symbol(range);
        case Kind::rows: return add_rows(span, range);
        case Kind::function: break;
    }
    if (span.outermost.name_source == NameSource::none)
        symbols_.add_label(span.outermost, range.low);
    add_function(span, range);
}

void IndexBuilder::add_function(const dwarf::CodeSpan& span, Range range) {
    const Frame& outermost = span.outermost;
    gsym::IndexedFunction function{.range = range,
                                   .name = writer_.name(outermost.name, outermost.linkage_name),
                                   .name_source = outermost.name_source,
                                   .start = outermost.start,
                                   .rows = rows_of(span, 0, span.rows.size()),
                                   .calls = {}};
    function.calls.reserve(span.calls.size());
    for (const dwarf::CodeSpan::Call& call : span.calls) {
        gsym::IndexedCall& added = function.calls.emplace_back();
        added.depth = call.depth;
        added.name = writer_.name(call.name, call.linkage_name);
        added.file = file(call.site);
        added.line = call.site.line;
        added.column = call.site.column;
        added.discriminator = call.site.discriminator;
        for (const auto& each : call.ranges) added.ranges.push_back({each.low, each.high});
    }
    add(std::move(function));
}

/// Code of an assembler: line rows, and no function around them. Where a row is, the label in front
/// of it names it; elsewhere the symbol that holds the place does.
void IndexBuilder::add_rows(const dwarf::CodeSpan& span, Range range) {
    for (std::size_t first = 0; first < span.rows.size();) {
        std::size_t after = first + 1;
        const bool present = span.rows[first].present;
        while (after < span.rows.size() && span.rows[after].present == present) ++after;
        const Range part{span.rows[first].address,
                         after == span.rows.size() ? range.high : span.rows[after].address};
        if (present) {
            add_labelled(span, first, after, part);
        } else {
            add_symbol(part);
        }
        first = after;
    }
}

void IndexBuilder::add_labelled(const dwarf::CodeSpan& span, std::size_t first, std::size_t after,
                                Range range) {
    Frame frame;
    symbols_.add_label(frame, range.low);
    add({.range = range,
         .name = writer_.name(frame.name, {}),
         .name_source = frame.name_source,
         .start = frame.start,
         .rows = rows_of(span, first, after),
         .calls = {}});
}

void IndexBuilder::add_symbol(Range range) {
    const Lookup lookup = symbols_.lookup(FileAddress{range.low});
    if (lookup.frames.empty()) return;
    const Frame& frame = lookup.frames.front();
    add({.range = range,
         .name = writer_.name(frame.name, frame.linkage_name),
         .name_source = frame.name_source,
         .start = frame.start,
         .rows = {},
         .calls = {}});
}

void IndexBuilder::add(gsym::IndexedFunction function) {
    const Range range = function.range;
    const bool large = range.high - range.low > std::numeric_limits<std::uint32_t>::max();
    const bool before = function.start && function.start->value > range.low;
    if (large || before) return writer_.add_gap(range);
    writer_.add(function);
}

std::vector<gsym::IndexedRow> IndexBuilder::rows_of(const dwarf::CodeSpan& span, std::size_t first,
                                                    std::size_t after) {
    std::vector<gsym::IndexedRow> rows;
    const auto place = [](const gsym::IndexedRow& row) {
        return std::tuple(row.file, row.line, row.column, row.discriminator);
    };
    for (std::size_t i = first; i < after; ++i) {
        const SourceLocation& location = span.rows[i].location;
        const gsym::IndexedRow row{.address = span.rows[i].address,
                                   .file = file(location),
                                   .line = location.line,
                                   .column = location.column,
                                   .discriminator = location.discriminator};
        if (rows.empty() || place(row) != place(rows.back())) rows.push_back(row);
    }
    return rows;
}

/// Neighbouring rows mostly have one file.
std::uint32_t IndexBuilder::file(const SourceLocation& location) {
    const bool same =
        location.file.data() == last_.location.file.data() &&
        location.file.size() == last_.location.file.size() &&
        location.compilation_directory_size == last_.location.compilation_directory_size;
    if (!same) {
        last_.file = writer_.file(location);
        last_.location = location;
    }
    return last_.file;
}

}  // namespace symline::symbolize
