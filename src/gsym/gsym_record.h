// The record of one function in a GSYM file: its line table, its inlined calls, and the details
// that GSYM has no place for (gsym_format.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "gsym/call_walk.h"
#include "gsym/gsym_file.h"

namespace symline::gsym {

/// The parts of a record, without what is read of them for an address.
struct GsymRecord {
    std::uint64_t low = 0, size = 0;
    std::uint64_t start = 0;  ///< when the flags say that there is one
    std::uint32_t name = 0;
    std::uint8_t flags = 0;
    std::size_t checkpoint_width = 2;  ///< of each field of a checkpoint
    base::Bytes lines, inlines, checkpoints, row_details, call_skips, call_details;
};

/// Reads the record of a function; damage is noted in the file.
GsymRecord read_record(GsymFile& file, std::uint32_t function);

/// A row of a function's line table, with its details.
struct GsymRow {
    std::uint64_t address = 0;
    std::uint32_t file = 1, line = 0;
    std::uint32_t column = 0, discriminator = 0;
};

/// The last row at or before an address of the function; nothing when there is none.
std::optional<GsymRow> row_at(GsymFile& file, const GsymRecord& record, std::uint64_t address);

/// Replaces `calls` by those that hold an address of the function, outermost first.
void calls_at(GsymFile& file, const GsymRecord& record, std::uint64_t address,
              std::vector<InlinedCall>& calls);
/// Fills in columns and discriminators of what calls_at() gave.
void add_call_details(GsymFile& file, const GsymRecord& record, std::vector<InlinedCall>& calls);

}  // namespace symline::gsym
