#include "gsym/gsym_record.h"

#include <array>

#include "gsym/gsym_format.h"
#include "gsym/packed_cursor.h"

namespace symline::gsym {
namespace {

using base::Cursor;

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
            static_cast<std::int8_t>(kMinLines + operation % kLineRange),
            static_cast<std::uint8_t>(operation / kLineRange)};
    }
    return all;
}();

/// Where reading rows begins.
struct Checkpoint {
    std::optional<GsymRow> row;  ///< nothing: at the beginning of the line table
    std::uint64_t offset = 0;    ///< after its opcode, in the line table
    std::uint32_t number = 0;    ///< of the row
    std::uint64_t details = 0;   ///< where those of the row stand in row_details
};

/// The last checkpoint at or before `address`, where there are any.
Checkpoint nearest_checkpoint(const GsymRecord& record, std::uint64_t address) {
    const std::size_t width = record.checkpoint_width;
    const auto field = [&](std::size_t checkpoint, std::size_t number) -> std::uint32_t {
        const std::uint8_t* at =
            record.checkpoints.data() + (checkpoint * kCheckpointFields + number) * width;
        return width == 2 ? base::load<std::uint16_t>(at, false)
                          : base::load<std::uint32_t>(at, false);
    };
    std::size_t low = 0, high = record.checkpoints.size() / (kCheckpointFields * width);
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (field(middle, 0) <= address - record.low) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Checkpoint found;
    if (low == 0) return found;
    const std::size_t last = low - 1;
    found.row = GsymRow{
        .address = record.low + field(last, 0), .file = field(last, 2), .line = field(last, 3)};
    found.offset = field(last, 1);
    found.number = static_cast<std::uint32_t>(low) * kRowsBetweenCheckpoints;
    found.details = field(last, 4);
    return found;
}

/// Damaged numbers of rows and calls may be any.
void skip_details(PackedCursor& cursor, std::uint32_t count) {
    for (; count != 0 && cursor.ok(); --count) {
        if ((cursor.uleb() & 1) != 0) cursor.skip_leb();
    }
}

/// The details of a row or a call: a column, and a discriminator where there is one.
template <typename Target>
void read_details(PackedCursor& cursor, Target& target) {
    const std::uint64_t first = cursor.uleb();
    target.column = static_cast<std::uint32_t>(first / 2);
    if ((first & 1) != 0) target.discriminator = static_cast<std::uint32_t>(cursor.uleb());
}

void add_row_details(GsymFile& file, const GsymRecord& record, const Checkpoint& from,
                     std::uint32_t number, GsymRow& row) {
    if (record.row_details.empty()) return;
    PackedCursor cursor(base::tail(record.row_details, from.details));
    skip_details(cursor, number - from.number);
    read_details(cursor, row);
    if (!cursor.ok()) file.note_damage();
}

}  // namespace

GsymRecord read_record(GsymFile& file, std::uint32_t function) {
    GsymRecord record;
    record.low = file.address_of(function);
    const base::Bytes bytes = file.record(function);
    Cursor cursor(bytes, false);
    record.size = cursor.u32();
    record.name = cursor.u32();
    const auto next = [&](std::uint64_t count, std::uint64_t size) {
        const std::uint64_t at = cursor.offset();
        const std::uint64_t room = cursor.remaining();
        if (count > room || count * size > room) {
            cursor.fail();
            return base::Bytes{};
        }
        cursor.skip(count * size);
        return bytes.subspan(at, count * size);
    };
    // The writer makes at most one part of each type.
    for (int parts = 0; parts < 3; ++parts) {
        const auto type = static_cast<InfoType>(cursor.u32());
        const std::uint32_t size = cursor.u32();
        if (type == InfoType::end) break;
        const base::Bytes data = next(size, 1);
        if (type == InfoType::lines) record.lines = data;
        if (type == InfoType::inlines) record.inlines = data;
    }
    record.flags = cursor.u8();
    const auto has = [&](DetailFlag flag) { return (record.flags & flag) != 0; };
    if (has(has_start)) record.start = record.low - cursor.uleb();
    if (has(has_checkpoints)) {
        record.checkpoint_width = has(has_wide_checkpoints) ? 4 : 2;
        record.checkpoints = next(cursor.uleb(), kCheckpointFields * record.checkpoint_width);
    }
    if (has(has_row_details)) record.row_details = next(cursor.uleb(), 1);
    if (has(has_call_skips)) record.call_skips = next(cursor.uleb(), 1);
    if (has(has_call_details)) record.call_details = next(cursor.remaining(), 1);
    if (!cursor.ok()) file.note_damage();
    return record;
}

std::optional<GsymRow> row_at(GsymFile& file, const GsymRecord& record, std::uint64_t address) {
    if (record.lines.empty()) return std::nullopt;
    PackedCursor cursor(record.lines);
    if (cursor.sleb() != kMinLines || cursor.sleb() != kMaxLines) {
        file.note_damage();
        return std::nullopt;
    }
    GsymRow row{.address = record.low, .line = static_cast<std::uint32_t>(cursor.uleb())};
    const Checkpoint from = nearest_checkpoint(record, address);
    std::uint32_t count = from.number;  // of the rows up to `row`
    if (from.row) {
        row = *from.row;
        cursor = PackedCursor(base::tail(record.lines, from.offset));
        ++count;
    }
    GsymRow before = row;
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
        ++count;
    }
    if (!cursor.ok()) file.note_damage();
    if (count == 0) return std::nullopt;
    add_row_details(file, record, from, count - 1, before);
    return before;
}

void calls_at(GsymFile& file, const GsymRecord& record, std::uint64_t address,
              std::vector<InlinedCall>& calls) {
    calls.clear();
    if (record.inlines.empty()) return;
    CallWalk walk(record.inlines, record.call_skips, record.low, address);
    if (!walk.run(calls)) file.note_damage();
}

void add_call_details(GsymFile& file, const GsymRecord& record, std::vector<InlinedCall>& calls) {
    if (calls.empty() || record.call_details.empty()) return;
    PackedCursor cursor(record.call_details);
    std::uint32_t number = 0;
    for (InlinedCall& call : calls) {
        skip_details(cursor, call.number - number);
        read_details(cursor, call);
        number = call.number + 1;
    }
    if (!cursor.ok()) file.note_damage();
}

}  // namespace symline::gsym
