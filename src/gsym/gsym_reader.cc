#include "gsym/gsym_reader.h"

#include "base/frame_stack.h"

namespace symline::gsym {
namespace {

/// That of a row or a call.
template <typename From>
void set_location(GsymFile& file, PathTable& paths, const From& from, SourceLocation& location) {
    paths.set_file(file, from.file, location);
    location.line = from.line;
    location.column = from.column;
    location.discriminator = from.discriminator;
}

void set_names(GsymFile& file, std::uint32_t name, Frame& frame) {
    const auto names = file.names(name);
    frame.name = names.name;
    frame.linkage_name = names.linkage_name;
    const bool named = !frame.linkage_or_name().empty();
    frame.name_source = named ? NameSource::dwarf : NameSource::none;
}

}  // namespace

Expected<GsymReader> GsymReader::of(base::Bytes bytes, const BuildId& build_id,
                                    std::uint64_t placement) {
    auto file = GsymFile::of(bytes, build_id, placement);
    if (!file) return std::unexpected(file.error());
    return GsymReader(std::move(*file));
}

Answer GsymReader::without_function(std::uint64_t address) {
    return file_.in_gap(address) || damaged() ? Answer::ask : Answer::nothing;
}

Answer GsymReader::lookup(std::uint64_t address, std::vector<Frame>& frames) {
    frames.clear();
    if (damaged()) return Answer::ask;
    const std::uint32_t function = search_.last_at(file_, address);
    if (function == file_.functions()) return without_function(address);
    const GsymRecord record = read_record(file_, function);
    if (address - record.low >= record.size) return without_function(address);
    file_.prefetch_string(record.name);
    calls_at(file_, record, address, calls_);
    for (const InlinedCall& call : calls_) file_.prefetch_string(call.name);
    add_frames(record, address, frames);
    if (!damaged()) return Answer::frames;
    frames.clear();
    return Answer::ask;
}

void GsymReader::add_frames(const GsymRecord& record, std::uint64_t address,
                            std::vector<Frame>& frames) {
    const auto row = row_at(file_, record, address);
    add_call_details(file_, record, calls_);
    base::FrameStack stack(frames, calls_.size() + 1);
    SourceLocation& innermost = stack.begin();
    if (row) set_location(file_, paths_, *row, innermost);
    for (auto call = calls_.rbegin(); call != calls_.rend(); ++call) {
        stack.frame().inlined = true;
        set_names(file_, call->name, stack.frame());
        set_location(file_, paths_, *call, stack.begin());
    }
    Frame& outermost = stack.frame();
    set_names(file_, record.name, outermost);
    if ((record.flags & named_by_symbol) != 0) outermost.name_source = NameSource::symbol_table;
    if ((record.flags & named_by_mini_symbol) != 0) {
        outermost.name_source = NameSource::minidebuginfo;
    }
    if ((record.flags & has_start) != 0) outermost.start = FileAddress{record.start};
}

}  // namespace symline::gsym
