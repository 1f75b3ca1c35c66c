#include "gsym/plain_record.h"

#include "gsym/gsym_format.h"

namespace symline::gsym {
namespace {

using base::Cursor;

/// Debug information is read as deep (see CallWalk).
constexpr std::size_t kMaxDepth = 1024;

std::unexpected<Error> damaged(const char* what) {
    return std::unexpected(Error{ErrorCode::malformed, {}, what});
}

struct Ranges {
    std::uint64_t low = 0;  ///< of the first one
    bool none = false;
    bool inside = false;  ///< one of them holds the address
};

Ranges read_ranges(Cursor& cursor, std::uint64_t base, std::uint64_t address) {
    const std::uint64_t count = cursor.uleb();
    Ranges ranges{.none = count == 0};
    for (std::uint64_t i = 0; i < count && cursor.ok(); ++i) {
        const std::uint64_t low = base + cursor.uleb();
        const std::uint64_t size = cursor.uleb();
        if (i == 0) ranges.low = low;
        ranges.inside = ranges.inside || address - low < size;
    }
    return ranges;
}

/// Moves after the children of a call.
void skip_children(Cursor& cursor) {
    for (std::uint64_t open = 1; open > 0 && cursor.ok();) {
        const std::uint64_t ranges = cursor.uleb();
        if (ranges == 0) {
            --open;
            continue;
        }
        for (std::uint64_t i = 0; i < ranges && cursor.ok(); ++i) {
            cursor.skip_leb();
            cursor.skip_leb();
        }
        if (cursor.u8() != 0) ++open;
        cursor.skip(4);
        cursor.skip_leb();
        cursor.skip_leb();
    }
}

/// Goes down the one path that holds the address. False for damage.
bool walk_calls(Cursor cursor, std::uint64_t base, std::uint64_t address,
                std::vector<PlainCall>& calls) {
    while (cursor.ok() && calls.size() <= kMaxDepth) {
        const Ranges ranges = read_ranges(cursor, base, address);
        if (ranges.none) return cursor.ok();
        const bool children = cursor.u8() != 0;
        PlainCall call{.low = ranges.low, .name = cursor.u32(), .site = {}};
        call.site.file = static_cast<std::uint32_t>(cursor.uleb());
        call.site.line = static_cast<std::uint32_t>(cursor.uleb());
        if (ranges.inside) {
            calls.push_back(call);
            base = ranges.low;
            if (!children) return cursor.ok();
        } else if (calls.empty()) {
            // The first entry is the function itself, and has no siblings.
            return cursor.ok();
        } else if (children) {
            skip_children(cursor);
        }
    }
    return false;
}

/// The last row at or before the address. Like LLVM, what stands after it is not read.
Expected<std::optional<PlainPlace>> row_at(Cursor cursor, std::uint64_t low,
                                           std::uint64_t address) {
    const std::int64_t least = cursor.sleb(), most = cursor.sleb();
    const auto range = static_cast<std::int64_t>(static_cast<std::uint64_t>(most) -
                                                 static_cast<std::uint64_t>(least) + 1);
    if (range < 1) return damaged("damaged GSYM line table");
    PlainPlace row{.file = 1, .line = static_cast<std::uint32_t>(cursor.uleb())};
    std::optional<PlainPlace> found;
    while (cursor.ok()) {
        const std::uint8_t opcode = cursor.u8();
        if (opcode >= opcode_special) {
            const int operation = opcode - opcode_special;
            row.line += static_cast<std::uint32_t>(static_cast<std::uint64_t>(least) +
                                                   static_cast<std::uint64_t>(operation % range));
            low += static_cast<std::uint64_t>(operation / range);
        } else if (opcode == opcode_address) {
            low += cursor.uleb();
        } else {
            if (opcode == opcode_file) row.file = static_cast<std::uint32_t>(cursor.uleb());
            if (opcode == opcode_line) row.line += static_cast<std::uint32_t>(cursor.sleb());
            if (opcode == opcode_end && cursor.ok()) return found;
            continue;
        }
        if (!cursor.ok()) break;
        if (low > address) return found;
        found = row;
    }
    return damaged("damaged GSYM line table");
}

/// The parts of a record that places come from; empty: none.
struct Parts {
    base::Bytes lines, inlines;
};

/// False for damage.
bool read_parts(Cursor& cursor, Parts& parts) {
    while (cursor.ok()) {
        const auto type = static_cast<InfoType>(cursor.u32());
        const std::uint32_t size = cursor.u32();
        if (type == InfoType::end) return cursor.ok();
        const base::Bytes data = cursor.rest();
        cursor.skip(size);
        if (!cursor.ok()) return false;
        // Others have merged functions and call sites.
        if (type == InfoType::lines) parts.lines = data.first(size);
        if (type == InfoType::inlines) parts.inlines = data.first(size);
    }
    return false;
}

}  // namespace

Expected<PlainRecord> read_plain_record(const PlainFile::Function& function, bool big_endian,
                                        std::uint64_t address) {
    PlainRecord record;
    Cursor cursor(function.record, big_endian);
    cursor.u32();  // the size, which PlainFile has compared
    record.name = cursor.u32();
    Parts parts;
    if (record.name == 0 || !read_parts(cursor, parts)) {
        return damaged("damaged GSYM function record");
    }
    if (parts.lines.data() == nullptr) return record;
    const auto row = row_at(Cursor(parts.lines, big_endian), function.low, address);
    if (!row) return std::unexpected(row.error());
    record.place = *row;
    if (!record.place || parts.inlines.empty()) return record;
    if (!walk_calls(Cursor(parts.inlines, big_endian), function.low, address, record.calls)) {
        return damaged("damaged GSYM inline information");
    }
    return record;
}

}  // namespace symline::gsym
