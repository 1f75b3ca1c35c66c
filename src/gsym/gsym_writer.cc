#include "gsym/gsym_writer.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "elf/compression.h"
#include "gsym/block_sum.h"
#include "gsym/byte_sink.h"
#include "gsym/gsym_format.h"

namespace symline::gsym {
namespace {

void write_row(ByteSink& sink, const IndexedRow& previous, const IndexedRow& row) {
    if (row.file != previous.file) {
        sink.u8(opcode_file);
        sink.uleb(row.file);
    }
    const std::uint64_t distance = row.address - previous.address;
    const std::int64_t lines = std::int64_t{row.line} - std::int64_t{previous.line};
    const bool few = lines >= kMinLines && lines <= kMaxLines;
    if (few && distance <= (255 - opcode_special - (kMaxLines - kMinLines)) / kLineRange) {
        const auto operation = static_cast<std::int64_t>(distance) * kLineRange + lines - kMinLines;
        return sink.u8(static_cast<std::uint8_t>(opcode_special + operation));
    }
    if (lines != 0) {
        sink.u8(opcode_line);
        sink.sleb(lines);
    }
    sink.u8(opcode_address);
    sink.uleb(distance);
}

/// The details of a row or a call: a column, and the discriminator where there is one.
template <typename From>
void write_detail(ByteSink& sink, const From& from) {
    const bool discriminator = from.discriminator != 0;
    sink.uleb(std::uint64_t{from.column} * 2 + (discriminator ? 1 : 0));
    if (discriminator) sink.uleb(from.discriminator);
}

/// The line table of a function, and what GSYM leaves out of it.
struct EncodedRows {
    std::vector<std::uint8_t> lines, details;
    std::vector<std::uint32_t> checkpoints;  ///< kCheckpointFields for each

    void add_checkpoint(const std::array<std::uint64_t, kCheckpointFields>& fields) {
        for (const auto field : fields) checkpoints.push_back(static_cast<std::uint32_t>(field));
    }
    bool wide_checkpoints() const {
        constexpr auto kMax = std::numeric_limits<std::uint16_t>::max();
        return std::ranges::any_of(checkpoints, [](std::uint32_t field) { return field > kMax; });
    }
};

EncodedRows encode_rows(const IndexedFunction& function) {
    EncodedRows encoded;
    if (function.rows.empty()) return encoded;
    ByteSink lines(encoded.lines), details(encoded.details);
    lines.sleb(kMinLines);
    lines.sleb(kMaxLines);
    lines.uleb(function.rows.front().line);
    IndexedRow previous{
        .address = function.range.low, .file = 1, .line = function.rows.front().line};
    std::uint32_t number = 0;
    for (const IndexedRow& row : function.rows) {
        write_row(lines, previous, row);
        previous = row;
        if (number != 0 && number % kRowsBetweenCheckpoints == 0) {
            encoded.add_checkpoint({row.address - function.range.low, lines.size(), row.file,
                                    row.line, details.size()});
        }
        write_detail(details, row);
        ++number;
    }
    lines.u8(opcode_end);
    return encoded;
}

void write_ranges(ByteSink& sink, const std::vector<CodeRange>& ranges, std::uint64_t base) {
    sink.uleb(ranges.size());
    for (const CodeRange& range : ranges) {
        sink.uleb(range.low - base);
        sink.uleb(range.high - range.low);
    }
}

/// Writes the inlined calls of a function, and notes how to skip what was inlined into each.
class InlinesWriter {
public:
    explicit InlinesWriter(ByteSink& sink) : sink_(&sink) {}

    /// Writes the function itself, and below it the calls inlined into it. A list of children ends
    /// with an entry without ranges.
    void write(const IndexedFunction& function) {
        write_ranges(*sink_, {function.range}, function.range.low);
        sink_->u8(kSkippedByDetails);
        sink_->u32(function.name);
        sink_->uleb(0);
        sink_->uleb(0);
        const auto& calls = function.calls;
        open_.push_back({.base = function.range.low, .call = 0, .flag = 0, .begin = 0});
        for (std::size_t i = 0; i < calls.size(); ++i) {
            while (open_.size() > calls[i].depth) close(i);
            const bool parent = i + 1 < calls.size() && calls[i + 1].depth > calls[i].depth;
            const std::size_t flag = write_call(calls[i], parent ? kSkippedByDetails : 0);
            if (parent) open_.push_back({calls[i].ranges.front().low, i, flag, sink_->size()});
        }
        while (open_.size() > 1) close(calls.size());
        sink_->uleb(0);
    }

    /// The skips that do not fit into the calls themselves, in the order of the calls: by how much
    /// the number of the call is higher than that of the skip before, how many calls are skipped,
    /// and how many bytes those take.
    std::vector<std::uint8_t> skips() {
        std::vector<std::uint8_t> bytes;
        ByteSink sink(bytes);
        std::ranges::sort(skips_, {}, &Skip::call);
        std::size_t last = 0;
        for (const Skip& skip : skips_) {
            sink.uleb(skip.call - std::exchange(last, skip.call));
            sink.uleb(skip.calls);
            sink.uleb(skip.size);
        }
        return bytes;
    }

private:
    /// A list of children that is being written.
    struct List {
        std::uint64_t base;
        std::size_t call;   ///< whose children these are
        std::size_t flag;   ///< offset of the byte that says that it has children
        std::size_t begin;  ///< offset of the first child
    };
    struct Skip {
        std::size_t call, calls, size;
    };

    /// `children`: the byte that says whether there are any. The result is its offset.
    std::size_t write_call(const IndexedCall& call, std::uint8_t children) {
        write_ranges(*sink_, call.ranges, open_.back().base);
        const std::size_t flag = sink_->size();
        sink_->u8(children);
        sink_->u32(call.name);
        sink_->uleb(call.file);
        sink_->uleb(call.line);
        return flag;
    }

    void close(std::size_t next_call) {
        sink_->uleb(0);
        const List list = open_.back();
        open_.pop_back();
        const std::size_t size = sink_->size() - list.begin;
        const std::size_t calls = next_call - list.call - 1;
        const std::size_t more = size - calls * kMinCallSize;
        if (calls >> (8 - kSkipSizeBits) == 0 && more >> kSkipSizeBits == 0) {
            sink_->set_u8(list.flag, static_cast<std::uint8_t>(calls << kSkipSizeBits | more));
        } else {
            skips_.push_back({list.call, calls, size});
        }
    }

    ByteSink* sink_;
    std::vector<List> open_;
    std::vector<Skip> skips_;
};

/// Of rows or calls.
template <typename List>
bool has_details(const List& list) {
    return std::ranges::any_of(
        list, [](const auto& each) { return each.column != 0 || each.discriminator != 0; });
}

/// Writes the details of a function: flags, the distance from its start, the number of its
/// checkpoints and those, the size of the details of its rows and those, the size of its skips and
/// those, and the details of its calls up to the end. Rows and calls are in the order of the
/// record.
void write_details(ByteSink& sink, const IndexedFunction& function, const EncodedRows& encoded,
                   const std::vector<std::uint8_t>& skips) {
    const bool rows = has_details(function.rows);
    const bool calls = has_details(function.calls);
    std::uint8_t flags = 0;
    if (function.name_source == NameSource::symbol_table) flags |= named_by_symbol;
    if (function.name_source == NameSource::minidebuginfo) flags |= named_by_mini_symbol;
    if (function.start) flags |= has_start;
    if (!encoded.checkpoints.empty()) flags |= has_checkpoints;
    const bool wide = encoded.wide_checkpoints();
    if (wide) flags |= has_wide_checkpoints;
    if (rows) flags |= has_row_details;
    if (!skips.empty()) flags |= has_call_skips;
    if (calls) flags |= has_call_details;
    sink.u8(flags);
    if (function.start) sink.uleb(function.range.low - function.start->value);
    if (!encoded.checkpoints.empty()) {
        sink.uleb(encoded.checkpoints.size() / kCheckpointFields);
        for (const std::uint32_t field : encoded.checkpoints) sink.word(field, wide ? 4 : 2);
    }
    if (rows) {
        sink.uleb(encoded.details.size());
        sink.bytes(encoded.details);
    }
    if (!skips.empty()) {
        sink.uleb(skips.size());
        sink.bytes(skips);
    }
    if (calls) {
        for (const IndexedCall& call : function.calls) write_detail(sink, call);
    }
}

template <typename Write>
void write_info(ByteSink& sink, InfoType type, Write write) {
    sink.u32(static_cast<std::uint32_t>(type));
    const std::size_t length_at = sink.size();
    sink.u32(0);
    write();
    sink.set_u32(length_at, static_cast<std::uint32_t>(sink.size() - length_at - 4));
}

std::uint8_t width_for(std::uint64_t largest) {
    if (largest <= std::numeric_limits<std::uint8_t>::max()) return 1;
    if (largest <= std::numeric_limits<std::uint16_t>::max()) return 2;
    return largest <= std::numeric_limits<std::uint32_t>::max() ? 4 : 8;
}

}  // namespace

GsymWriter::GsymWriter() : strings_(kNoName + 1, '\0'), files_(1, File{}) {}

std::uint32_t GsymWriter::add_string(std::string_view text) {
    const auto offset = static_cast<std::uint32_t>(strings_.size());
    strings_ += text;
    strings_ += '\0';
    return offset;
}

std::uint32_t GsymWriter::shared_string(std::string_view text) {
    if (text.empty()) return 0;
    const auto [known, added] = shared_strings_.try_emplace(text, 0);
    if (added) known->second = add_string(text);
    return known->second;
}

std::uint32_t GsymWriter::name(std::string_view name, std::string_view linkage_name) {
    if (linkage_name.empty() || name.empty() || linkage_name == name) {
        const std::string_view only = linkage_name.empty() ? name : linkage_name;
        return only.empty() ? kNoName : shared_string(only);
    }
    const auto [known, added] = names_.try_emplace(Key{linkage_name, name}, 0);
    if (!added) return known->second;
    // A string of its own: its offset is the key of the short name that belongs to it.
    known->second = add_string(linkage_name);
    pairs_.emplace_back(known->second, shared_string(name));
    return known->second;
}

std::uint32_t GsymWriter::file(const SourceLocation& location) {
    const std::string_view path = location.file;
    if (path.empty()) return 0;
    const auto [known, added] = file_numbers_.try_emplace(path, 0);
    const auto prefix = location.compilation_directory_size;
    if (!added && files_[known->second].prefix == prefix) return known->second;
    const auto slash = path.rfind('/');
    const bool split = slash != std::string_view::npos && slash != 0;
    known->second = static_cast<std::uint32_t>(files_.size());
    files_.push_back({split ? shared_string(path.substr(0, slash)) : 0,
                      shared_string(split ? path.substr(slash + 1) : path), prefix});
    return known->second;
}

void GsymWriter::add_gap(CodeRange range) {
    if (!gaps_.empty() && gaps_.back().high == range.low) {
        gaps_.back().high = range.high;
    } else {
        gaps_.push_back(range);
    }
}

void GsymWriter::add(const IndexedFunction& function) {
    ByteSink sink(records_);
    sink.align(4);
    functions_.push_back({function.range.low, static_cast<std::uint32_t>(records_.size())});
    sink.u32(static_cast<std::uint32_t>(function.range.high - function.range.low));
    sink.u32(function.name);
    const EncodedRows encoded = encode_rows(function);
    if (!function.rows.empty()) {
        write_info(sink, InfoType::lines, [&] { sink.bytes(encoded.lines); });
    }
    InlinesWriter inlines(sink);
    if (!function.calls.empty()) {
        write_info(sink, InfoType::inlines, [&] { inlines.write(function); });
    }
    sink.u32(static_cast<std::uint32_t>(InfoType::end));
    sink.u32(0);
    write_details(sink, function, encoded, inlines.skips());
}

namespace {

void write_header(ByteSink& sink, const IndexedModule& module, std::uint8_t width,
                  std::uint64_t base, std::size_t functions) {
    const auto id = module.build_id.bytes();
    sink.u32(kMagic);
    sink.u16(kVersion);
    sink.u8(width);
    sink.u8(static_cast<std::uint8_t>(id.size()));
    sink.u64(base);
    sink.u32(static_cast<std::uint32_t>(functions));
    sink.u32(0);  // offset and size of the string table, which finish() sets
    sink.u32(0);
    for (std::size_t i = 0; i < kMaxBuildId; ++i) {
        sink.u8(i < id.size() ? static_cast<std::uint8_t>(id[i]) : 0);
    }
}

void write_footer(ByteSink& sink, const IndexedModule& module,
                  const std::array<std::uint64_t, kPartCount>& parts, std::uint32_t sums) {
    const std::size_t begin = sink.size();
    for (const char c : kFooterMagic) sink.u8(static_cast<std::uint8_t>(c));
    sink.u32(kFooterVersion);
    sink.u32(module.has_symbols ? kHasSymbols : 0);
    sink.u64(module.placement);
    sink.u64(module.origin.code_sum);
    sink.u64(module.origin.debug_sum);
    sink.u64(module.origin.debug_size);
    sink.u64(static_cast<std::uint64_t>(module.origin.debug_changed));
    for (const std::uint64_t part : parts) sink.u64(part);
    sink.u64(begin + kFooterSize);
    sink.u32(sums);
    sink.u32(elf::crc32(sink.written().subspan(begin)));
}

/// Writes the sums of the blocks of all that was written, and gives their checksum.
std::uint32_t write_checksums(ByteSink& sink) {
    const std::size_t covered = sink.size();
    for (std::size_t at = 0; at < covered; at += kBlockSize) {
        sink.u32(block_sum(sink.written().subspan(at, std::min(kBlockSize, covered - at))));
    }
    return elf::crc32(sink.written().subspan(covered));
}

}  // namespace

/// What the file takes at most, but for its header, sums and footer.
std::uint64_t GsymWriter::max_content() const {
    return std::uint64_t{records_.size()} + strings_.size() +
           16 * (functions_.size() + gaps_.size() + files_.size());
}

/// Writes the header, the addresses of the functions, room for the offsets of their records, and
/// the files. The result is where that room is.
std::size_t GsymWriter::write_tables(ByteSink& sink, const IndexedModule& module) const {
    const std::uint64_t base = functions_.empty() ? 0 : functions_.front().address;
    const std::uint8_t width = functions_.empty() ? 1 : width_for(functions_.back().address - base);
    write_header(sink, module, width, base, functions_.size());
    for (const Function& each : functions_) sink.word(each.address - base, width);
    sink.align(4);
    const std::size_t offsets_at = sink.size();
    for (std::size_t i = 0; i < functions_.size(); ++i) sink.u32(0);
    sink.u32(static_cast<std::uint32_t>(files_.size()));
    for (const File& file : files_) {
        sink.u32(file.directory);
        sink.u32(file.name);
    }
    return offsets_at;
}

/// Writes the string table, and sets its place in the header.
void GsymWriter::write_strings(ByteSink& sink) const {
    constexpr std::size_t kField = 20;
    sink.set_u32(kField, static_cast<std::uint32_t>(sink.size()));
    sink.set_u32(kField + 4, static_cast<std::uint32_t>(strings_.size()));
    sink.text(strings_);
    sink.align(4);
}

void GsymWriter::write_records(ByteSink& sink, std::size_t offsets_at) const {
    const auto begin = static_cast<std::uint32_t>(sink.size());
    for (std::size_t i = 0; i < functions_.size(); ++i) {
        sink.set_u32(offsets_at + 4 * i, begin + functions_[i].record);
    }
    sink.bytes(records_);
    sink.align(8);
}

/// Writes what GSYM has no place for. The checksums, the last of its parts, come next.
GsymWriter::PartOffsets GsymWriter::write_additions(ByteSink& sink, const IndexedModule& module) {
    PartOffsets parts{};
    const auto begin = [&](Part part) { parts[static_cast<std::size_t>(part)] = sink.size(); };
    begin(Part::prefixes);
    for (const File& file : files_) sink.u32(file.prefix);
    begin(Part::name_pairs);
    std::ranges::sort(pairs_);
    for (const auto& [linkage_name, name] : pairs_) {
        sink.u32(linkage_name);
        sink.u32(name);
    }
    sink.align(8);
    begin(Part::gaps);
    for (const CodeRange& gap : gaps_) {
        sink.u64(gap.low);
        sink.u64(gap.high);
    }
    begin(Part::debug_path);
    sink.text(module.origin.debug_path);
    sink.align(8);
    begin(Part::checksums);
    return parts;
}

Expected<std::vector<std::uint8_t>> GsymWriter::finish(const IndexedModule& module) {
    const auto refuse = [](const char* what) {
        return std::unexpected(Error{ErrorCode::unsupported, {}, what});
    };
    if (module.build_id.bytes().size() > kMaxBuildId) {
        return refuse("its build id is too long for an index");
    }
    const std::uint64_t content = max_content();
    if (content > std::numeric_limits<std::uint32_t>::max() / 2) {
        return refuse("its index would be too large");
    }
    std::vector<std::uint8_t> bytes;
    bytes.reserve(content + kHeaderSize + kFooterSize + content / kBlockSize * 4);
    ByteSink sink(bytes);
    const std::size_t offsets_at = write_tables(sink, module);
    write_strings(sink);
    write_records(sink, offsets_at);
    const PartOffsets parts = write_additions(sink, module);
    const std::uint32_t sums = write_checksums(sink);
    write_footer(sink, module, parts, sums);
    return bytes;
}

}  // namespace symline::gsym
