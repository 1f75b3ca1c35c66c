#include "gsym/gsym_reader.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "elf/compression.h"

namespace symline::gsym {

namespace {

using base::Cursor;

struct Row {
    std::uint64_t address = 0;
    std::uint32_t file = 1, line = 0;
};

/// By how much a special opcode advances.
struct Advance {
    std::int8_t lines = 0;
    std::uint8_t distance = 0;
};

constexpr std::array<Advance, 256> kAdvances = [] {
    std::array<Advance, 256> all{};
    for (int opcode = opcode_special; opcode < 256; ++opcode) {
        const int operation = opcode - opcode_special;
        all[static_cast<std::size_t>(opcode)] = {
            static_cast<std::int8_t>(kLeastLines + operation % kLineRange),
            static_cast<std::uint8_t>(operation / kLineRange)};
    }
    return all;
}();

std::unexpected<Error> refuse(ErrorCode code, const char* message) {
    return std::unexpected(Error{code, {}, message});
}

}  // namespace

/// Where reading rows begins.
struct GsymReader::RowState {
    std::optional<Row> row;
    std::uint64_t offset = 0;  ///< in the line table
    std::uint32_t number = 0;  ///< of the row
};

/// What was read of a function for one address. read_record() sets what has to be: clearing all of
/// it first takes as long as reading most records.
struct GsymReader::Record {
    std::uint64_t low, size, start;  ///< start: when the flags say that there is one
    std::uint32_t name;
    std::uint8_t flags;
    std::uint32_t column, discriminator;
    std::uint32_t row_number;      ///< when there is a row
    std::uint32_t marked_row;      ///< the row that the details were found by
    std::uint64_t marked_details;  ///< where they stand in row_details
    std::size_t mark_width;
    base::Bytes lines, inlines, marks, row_details, call_skips, call_details;
    std::optional<Row> row;
};

Expected<GsymReader> GsymReader::of(base::Bytes bytes, const BuildId& build_id,
                                    std::uint64_t placement) {
    GsymReader reader;
    if (auto read = reader.read_footer(bytes, placement); !read) {
        return std::unexpected(read.error());
    }
    if (auto read = reader.read_header(build_id); !read) return std::unexpected(read.error());
    return reader;
}

Expected<void> GsymReader::read_footer(base::Bytes bytes, std::uint64_t placement) {
    if (bytes.size() < kHeaderSize + kFooterSize) return refuse(ErrorCode::malformed, "damaged");
    const std::uint64_t at = bytes.size() - kFooterSize;
    const base::Bytes footer = bytes.subspan(at);
    if (!std::ranges::equal(footer.first(kFooterMagic.size()), kFooterMagic)) {
        return refuse(ErrorCode::unsupported, "damaged, or made by another program");
    }
    Cursor cursor(footer, false, kFooterMagic.size());
    if (cursor.u32() != kFooterVersion) {
        return refuse(ErrorCode::unsupported, "made by another version");
    }
    flags_ = cursor.u32();
    const std::uint64_t placed = cursor.u64();
    for (std::uint64_t& part : parts_) part = cursor.u64();
    const std::uint64_t size = cursor.u64();
    const std::uint32_t sums_crc = cursor.u32();
    if (elf::crc32(footer.first(kFooterSize - 4)) != cursor.u32() || size != bytes.size() ||
        !std::ranges::is_sorted(parts_) || parts_.back() > at) {
        return refuse(ErrorCode::malformed, "damaged");
    }
    const auto sums = bytes.subspan(part(Part::check_sums), at - part(Part::check_sums));
    if (elf::crc32(sums) != sums_crc) return refuse(ErrorCode::malformed, "damaged");
    if (placed != placement) {
        return refuse(ErrorCode::mismatch, "made from a file with its code at other addresses");
    }
    bytes_ = CheckedBytes(bytes.first(part(Part::check_sums)), sums);
    return {};
}

Expected<void> GsymReader::read_header(const BuildId& build_id) {
    const base::Bytes header = bytes_.at(0, kHeaderSize);
    Cursor cursor(header, false);
    const bool known = cursor.u32() == kMagic && cursor.u16() == kVersion;
    width_ = cursor.u8();
    const std::size_t id_size = cursor.u8();
    base_ = cursor.u64();
    function_count_ = cursor.u32();
    strings_at_ = cursor.u32();
    strings_end_ = strings_at_ + cursor.u32();
    const auto id = std::as_bytes(base::tail(header, cursor.offset()));
    if (!known || id_size > id.size() || !std::has_single_bit(width_) || width_ > 8)
        return refuse(ErrorCode::malformed, "damaged");
    if (!std::ranges::equal(id.first(id_size), build_id.bytes())) {
        return refuse(ErrorCode::mismatch, "made from a file of another build id");
    }
    const auto align = [](std::uint64_t value) { return (value + 3) & ~std::uint64_t{3}; };
    info_offsets_at_ = align(kHeaderSize + std::uint64_t{function_count_} * width_);
    const std::uint64_t file_table = info_offsets_at_ + 4 * std::uint64_t{function_count_};
    file_count_ = static_cast<std::uint32_t>(bytes_.word(file_table, 4));
    files_at_ = file_table + 4;
    const std::uint64_t files_end = files_at_ + 8 * std::uint64_t{file_count_};
    if (bytes_.damaged() || files_end > strings_at_ || strings_end_ > bytes_.size()) {
        return refuse(ErrorCode::malformed, "damaged");
    }
    return {};
}

std::uint64_t GsymReader::address_of(std::uint32_t function) {
    return base_ + bytes_.word(kHeaderSize + std::uint64_t{function} * width_, width_);
}

/// The addresses, once so many were looked up that checking all of them is the cheaper way; null
/// before that.
const std::uint8_t* GsymReader::whole_table() {
    constexpr std::uint32_t kFew = 64;
    if (lookups_ < kFew) return ++lookups_, nullptr;
    if (table_.empty()) table_ = bytes_.at(kHeaderSize, std::uint64_t{function_count_} * width_);
    return table_.empty() ? nullptr : table_.data();
}

/// The number of the last function that starts at or before an address; function_count_ when
/// there is none.
std::uint32_t GsymReader::last_function_at(std::uint64_t address) {
    const std::uint8_t* table = whole_table();
    if (table != nullptr && address >= base_) {
        const std::uint64_t offset = address - base_;
        switch (width_) {
            case 1: return last_near<std::uint8_t>(table, offset);
            case 2: return last_near<std::uint16_t>(table, offset);
            case 4: return last_near<std::uint32_t>(table, offset);
            default: return last_near<std::uint64_t>(table, offset);
        }
    }
    std::uint32_t low = 0, high = function_count_;
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (address_of(middle) <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 ? function_count_ : low - 1;
}

/// The same in the whole table. Addresses mostly come sorted: the search begins where the last one
/// ended.
template <typename Offset>
std::uint32_t GsymReader::last_near(const std::uint8_t* table, std::uint64_t offset) {
    const auto before = [&](std::uint32_t function) {
        return base::load<Offset>(table + sizeof(Offset) * std::uint64_t{function}, false) <=
               offset;
    };
    std::uint32_t low = 0, high = function_count_;
    if (before(last_found_)) {
        low = last_found_ + 1;
        for (std::uint32_t step = 1; step < high - low; step *= 2) {
            if (!before(low + step)) {
                high = low + step;
            } else {
                low += step + 1;
            }
        }
    }
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (before(middle)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) return function_count_;
    return last_found_ = low - 1;
}

bool GsymReader::in_gap(std::uint64_t address) {
    const std::uint64_t begin = part(Part::gaps);
    std::uint64_t low = 0, high = (part(Part::check_sums) - begin) / 16;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (bytes_.word(begin + 16 * middle, 8) <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low != 0 && address < bytes_.word(begin + 16 * low - 8, 8);
}

GsymReader::Record GsymReader::read_record(std::uint32_t function) {
    Record record;
    record.size = record.name = record.column = record.discriminator = 0;
    record.marked_row = record.flags = 0;
    record.marked_details = 0;
    record.mark_width = 2;
    record.low = address_of(function);
    const std::uint64_t index = info_offsets_at_ + 4 * std::uint64_t{function};
    const std::uint64_t begin = bytes_.number<std::uint32_t>(index);
    const bool last = function + 1 == function_count_;
    const std::uint64_t end = last ? part(Part::prefixes) : bytes_.number<std::uint32_t>(index + 4);
    if (begin > end) return bytes_.note_damage(), record;
    const base::Bytes bytes = bytes_.at(begin, end - begin);
    Cursor cursor(bytes, false);
    record.size = cursor.u32();
    record.name = cursor.u32();
    const auto take = [&](std::uint64_t count, std::uint64_t size) {
        const std::uint64_t at = cursor.offset();
        const std::uint64_t most = cursor.remaining();
        if (count > most || count * size > most) return cursor.fail(), base::Bytes{};
        cursor.skip(count * size);
        return bytes.subspan(at, count * size);
    };
    // The writer makes at most one part of each type.
    for (int parts = 0; parts < 3; ++parts) {
        const auto type = static_cast<InfoType>(cursor.u32());
        const std::uint32_t size = cursor.u32();
        if (type == InfoType::end) break;
        const base::Bytes data = take(size, 1);
        if (type == InfoType::lines) record.lines = data;
        if (type == InfoType::inlines) record.inlines = data;
    }
    record.flags = cursor.u8();
    if ((record.flags & has_start) != 0) record.start = record.low - cursor.uleb();
    if ((record.flags & has_row_marks) != 0) {
        record.mark_width = (record.flags & has_wide_marks) != 0 ? 4 : 2;
        record.marks = take(cursor.uleb(), kMarkFields * record.mark_width);
    }
    if ((record.flags & has_row_details) != 0) record.row_details = take(cursor.uleb(), 1);
    if ((record.flags & has_call_skips) != 0) record.call_skips = take(cursor.uleb(), 1);
    if ((record.flags & has_call_details) != 0) record.call_details = take(cursor.remaining(), 1);
    if (!cursor.ok()) bytes_.note_damage();
    return record;
}

/// Begins at the last marked row at or before `address`, where there are marks.
GsymReader::RowState GsymReader::nearest_mark(Record& record, std::uint64_t address) {
    RowState state;
    const std::size_t width = record.mark_width;
    const auto field = [&](std::size_t mark, std::size_t number) -> std::uint32_t {
        const std::uint8_t* at = record.marks.data() + (mark * kMarkFields + number) * width;
        return width == 2 ? base::load<std::uint16_t>(at, false)
                          : base::load<std::uint32_t>(at, false);
    };
    std::size_t low = 0, high = record.marks.size() / (kMarkFields * width);
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (field(middle, 0) <= address - record.low) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) return state;
    const std::size_t mark = low - 1;
    state.row = Row{record.low + field(mark, 0), field(mark, 2), field(mark, 3)};
    state.offset = field(mark, 1);
    state.number = static_cast<std::uint32_t>(low) * kRowsBetweenMarks;
    record.marked_row = state.number;
    record.marked_details = field(mark, 4);
    return state;
}

/// The last row at or before `address`.
void GsymReader::read_row(Record& record, std::uint64_t address) {
    if (record.lines.empty()) return;
    PackedCursor cursor(record.lines);
    if (cursor.sleb() != kLeastLines || cursor.sleb() != kMostLines) return bytes_.note_damage();
    Row row{.address = record.low, .file = 1, .line = static_cast<std::uint32_t>(cursor.uleb())};
    const RowState marked = nearest_mark(record, address);
    std::uint32_t number = marked.number;
    if (marked.row) {
        row = *marked.row;
        cursor = PackedCursor(base::tail(record.lines, marked.offset));
        ++number;
    }
    Row before = row;
    for (bool ended = false; !ended;) {
        const std::uint8_t opcode = cursor.u8();
        if (opcode >= opcode_special) {
            row.line += static_cast<std::uint32_t>(kAdvances[opcode].lines);
            row.address += kAdvances[opcode].distance;
        } else if (opcode == opcode_address) {
            row.address += cursor.uleb();
        } else {
            if (opcode == opcode_file) row.file = static_cast<std::uint32_t>(cursor.uleb());
            if (opcode == opcode_line) row.line += static_cast<std::uint32_t>(cursor.sleb());
            ended = opcode == opcode_end;
            continue;
        }
        if (row.address > address) break;
        before = row;
        ++number;
    }
    if (number != 0) record.row = before;
    record.row_number = number == 0 ? 0 : number - 1;
    if (!cursor.ok()) bytes_.note_damage();
}

namespace {

/// Damaged numbers of calls may be any.
void skip_places(PackedCursor& cursor, std::uint32_t count) {
    for (; count != 0 && cursor.ok(); --count) {
        if ((cursor.uleb() & 1) != 0) cursor.skip_leb();
    }
}

template <typename Place>
void read_place(PackedCursor& cursor, Place& place) {
    const std::uint64_t first = cursor.uleb();
    place.column = static_cast<std::uint32_t>(first / 2);
    if ((first & 1) != 0) place.discriminator = static_cast<std::uint32_t>(cursor.uleb());
}

}  // namespace

void GsymReader::read_calls(const Record& record, std::uint64_t address) {
    calls_.clear();
    if (record.inlines.empty()) return;
    CallWalk walk(record.inlines, record.call_skips, record.low, address);
    if (!walk.run(calls_)) bytes_.note_damage();
}

/// Columns and discriminators of the row and of the calls.
void GsymReader::add_details(Record& record) {
    if (record.row && !record.row_details.empty()) {
        PackedCursor rows(base::tail(record.row_details, record.marked_details));
        skip_places(rows, record.row_number - record.marked_row);
        read_place(rows, record);
        if (!rows.ok()) bytes_.note_damage();
    }
    if (calls_.empty() || record.call_details.empty()) return;
    PackedCursor calls(record.call_details);
    std::uint32_t number = 0;
    for (Call& call : calls_) {
        skip_places(calls, call.number - number);
        read_place(calls, call);
        number = call.number + 1;
    }
    if (!calls.ok()) bytes_.note_damage();
}

std::string_view GsymReader::string(std::uint64_t offset) {
    return offset == 0 ? std::string_view{} : bytes_.string(strings_at_ + offset, strings_end_);
}

GsymReader::Names GsymReader::names(std::uint32_t name) {
    const std::uint64_t begin = part(Part::name_pairs);
    std::uint64_t low = 0, high = (part(Part::gaps) - begin) / 8;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        const std::uint64_t at = bytes_.number<std::uint32_t>(begin + 8 * middle);
        if (at == name) {
            return {string(bytes_.number<std::uint32_t>(begin + 8 * middle + 4)), string(name)};
        }
        if (at < name) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return {string(name), {}};
}

void GsymReader::set_file(std::uint32_t file, SourceLocation& location) {
    if (file == 0) return;
    if (file >= file_count_) return bytes_.note_damage();
    if (paths_.empty()) paths_.resize(file_count_ / kPathsTogether + 1);
    auto& together = paths_[file / kPathsTogether];
    if (together == nullptr) together = std::make_unique<Paths>();
    Path& path = (*together)[file % kPathsTogether];
    if (!path.read) read_path(file, path);
    location.file = path.text;
    location.compilation_directory_size = path.prefix;
}

void GsymReader::read_path(std::uint32_t file, Path& path) {
    const std::uint64_t entry = files_at_ + 8 * std::uint64_t{file};
    const std::string_view directory = string(bytes_.number<std::uint32_t>(entry));
    const std::string_view name = string(bytes_.number<std::uint32_t>(entry + 4));
    path.text = name;
    if (!directory.empty()) {
        const std::size_t size = directory.size() + 1 + name.size();
        auto* joined = static_cast<char*>(joined_->allocate(size, 1));
        joined[directory.copy(joined, directory.size())] = '/';
        name.copy(joined + directory.size() + 1, name.size());
        path.text = {joined, size};
    }
    const std::uint64_t prefix =
        bytes_.number<std::uint32_t>(part(Part::prefixes) + 4 * std::uint64_t{file});
    path.prefix = static_cast<std::uint32_t>(std::min<std::uint64_t>(prefix, path.text.size()));
    path.read = !bytes_.damaged();
}

void GsymReader::fill(const Record& record, std::vector<Frame>& frames) {
    SourceLocation location;
    if (record.row) {
        set_file(record.row->file, location);
        location.line = record.row->line;
        location.column = record.column;
        location.discriminator = record.discriminator;
    }
    const auto add = [&](std::uint32_t name) -> Frame& {
        Frame& frame = frames.emplace_back();
        const Names both = names(name);
        frame.name = both.name;
        frame.linkage_name = both.linkage_name;
        const bool named = !frame.linkage_or_name().empty();
        frame.name_source = named ? NameSource::dwarf : NameSource::none;
        frame.location = location;
        return frame;
    };
    frames.reserve(calls_.size() + 1);
    for (auto call = calls_.rbegin(); call != calls_.rend(); ++call) {
        add(call->name).inlined = true;
        location = {};
        set_file(call->file, location);
        location.line = call->line;
        location.column = call->column;
        location.discriminator = call->discriminator;
    }
    Frame& outermost = add(record.name);
    if ((record.flags & named_by_symbol) != 0) outermost.name_source = NameSource::symbol_table;
    if ((record.flags & named_by_mini_symbol) != 0) {
        outermost.name_source = NameSource::minidebuginfo;
    }
    if ((record.flags & has_start) != 0) outermost.start = FileAddress{record.start};
}

Answer GsymReader::without_function(std::uint64_t address) {
    return in_gap(address) || damaged() ? Answer::ask : Answer::nothing;
}

Answer GsymReader::lookup(std::uint64_t address, std::vector<Frame>& frames) {
    frames.clear();
    if (damaged()) return Answer::ask;
    const std::uint32_t function = last_function_at(address);
    if (function == function_count_) return without_function(address);
    Record record = read_record(function);
    if (address - record.low >= record.size) return without_function(address);
    bytes_.prefetch(strings_at_ + record.name);
    read_calls(record, address);
    for (const Call& call : calls_) bytes_.prefetch(strings_at_ + call.name);
    read_row(record, address);
    add_details(record);
    fill(record, frames);
    if (!damaged()) return Answer::frames;
    frames.clear();
    return Answer::ask;
}

}  // namespace symline::gsym
