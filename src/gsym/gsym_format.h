// The layout of a GSYM file, version 1 (LLVM's llvm/DebugInfo/GSYM), and of what follows it.
//
//     header, 48 bytes
//     address offsets     one for each function, of `address_offset_size` bytes, sorted
//     info offsets        u32 for each function: where its record stands in the file
//     file table          u32 count, then (directory, name) as offsets of strings; entry 0 is empty
//     string table
//     function records    u32 size, u32 name, then (u32 type, u32 length, data) until type 0, then
//                         details: see write_details in gsym_writer.cc
//
// GSYM has no columns, no discriminators, one name for each function, and no checksums. What it
// lacks stands where other readers do not look, after the end of each function's record and after
// all of them, so that the index gives the same answers as the debug information:
//
//     path prefixes       u32 for each file: SourceLocation::compilation_directory_size
//     name pairs          (linkage name, name) as offsets of strings, sorted, where the two differ
//     gaps                (u64 low, u64 high), sorted: places left to the debug information
//     debug path          of the debug file that it was made from; empty where that is the code's
//     checksums          block_sum() of each block of the file up to here
//     footer
//
// All numbers are little-endian.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace symline::gsym {

constexpr std::uint32_t kMagic = 0x4753594d;  // "GSYM"
constexpr std::uint16_t kVersion = 1;
constexpr std::size_t kHeaderSize = 48;
constexpr std::size_t kMaxBuildId = 20;

/// Types of the parts of a function record.
enum class InfoType : std::uint32_t { end = 0, lines = 1, inlines = 2 };

/// Opcodes of a line table; larger ones advance address and line together.
enum RowOpcode : std::uint8_t {
    opcode_end = 0,
    opcode_file = 1,
    opcode_address = 2,  ///< and makes a row
    opcode_line = 3,
    opcode_special = 4,
};

/// The least and the most by which a special opcode advances the line. GSYM lets each line table
/// have two of its own; with these, nine of ten rows of a kernel take one byte.
constexpr std::int64_t kMinLines = -4;
constexpr std::int64_t kMaxLines = 10;
constexpr std::int64_t kLineRange = kMaxLines - kMinLines + 1;

/// How many bytes of the file one checksum covers.
constexpr std::size_t kBlockSize = 4096;

/// The parts after the GSYM file proper, in the order in which they stand.
enum class Part { prefixes, name_pairs, gaps, debug_path, checksums };
constexpr std::size_t kPartCount = 5;

constexpr std::array<char, 8> kFooterMagic = {'s', 'y', 'm', 'l', 'i', 'n', 'e', '\n'};
/// Raised when the answers of an older index would differ from those of a new one.
constexpr std::uint32_t kFooterVersion = 7;
/// magic, u32 version, u32 flags, u64 placement, u64 each of IndexOrigin's numbers, u64 end of each
/// part's predecessor, u64 file size, u32 CRC-32 of the checksums, u32 CRC-32 of the footer up to
/// here.
constexpr std::size_t kOriginSize = std::size_t{4} * 8;
constexpr std::size_t kFooterSize = 8 + 4 + 4 + 8 + kOriginSize + 8 * kPartCount + 8 + 4 + 4;

/// The offset of an empty string, for functions without a name: their offset must not be 0.
constexpr std::uint32_t kNoName = 1;

/// Flags of the footer.
constexpr std::uint32_t kHasSymbols = 1;

/// Every so many-th row of a function is a checkpoint, so that a lookup reads no more rows than
/// that. It has the distance from the function's start, the offset after the row's opcode in the
/// line table, file, line, and the offset of the row's details; each as u16, or each as u32 where
/// one of the function's needs it.
constexpr std::uint32_t kRowsBetweenCheckpoints = 8;
constexpr std::size_t kCheckpointFields = 5;

/// A byte that is not 0 says that a call has children, and how to skip them: the upper bits are the
/// number of calls below it, the lower ones by how many bytes those are longer than as many calls
/// of the shortest form. Where that does not fit, the number is 0, and the function's details have
/// both.
constexpr std::size_t kMinCallSize = 10;
constexpr unsigned kSkipSizeBits = 5;
constexpr std::uint8_t kSkippedByDetails = 1;

/// Flags in front of a function's details.
enum DetailFlag : std::uint8_t {
    named_by_symbol = 1,       ///< NameSource::symbol_table
    named_by_mini_symbol = 2,  ///< NameSource::minidebuginfo
    has_start = 4,             ///< Frame::start is given
    has_row_details = 8,
    has_call_details = 16,
    has_checkpoints = 32,
    has_call_skips = 64,
    has_wide_checkpoints = 128,
};

}  // namespace symline::gsym
