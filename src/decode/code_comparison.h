// The bytes of a "Code:" line, taken apart and compared with a file's. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "log/code_line.h"
#include "symline/code_listing.h"
#include "symline/disassembler.h"

namespace symline::decode {

/// The bytes of the line as they stand in memory.
struct CodeBytes {
    std::vector<std::uint8_t> bytes;
    std::optional<std::size_t> marked;  ///< the first byte of the marked instruction
};
/// Whether the numbers of the line stand in memory with their highest byte first.
bool words_big_endian(const CodeTarget& target);
CodeBytes code_bytes(const log::CodeText& text, const CodeTarget& target);

/// What the file knows about the place.
struct FileCode {
    /// At the address of the line's first byte: as many as the file has.
    std::span<const std::uint8_t> bytes;
    std::size_t skipped = 0;  ///< bytes of the line before the first one in the file
    /// From the start of the function up to the line's first byte: decoding it tells where the
    /// instructions of the line begin. Empty: not known.
    std::span<const std::uint8_t> before;
    /// Whether bytes [offset, offset + size) of the line are others in a running kernel anyway.
    std::function<bool(std::size_t offset, std::size_t size)> patched;
    /// "function+0x10" for where a jump goes; may be empty.
    std::function<std::string(std::uint64_t address)> name_of;
};

/// Instructions, the first of them at `address`. Where they begin is found out from `file`; failing
/// that, by trying until one begins at the marked byte.
std::vector<CodeInstruction> take_apart(const CodeBytes& code, Disassembler& disassembler,
                                        const CodeTarget& target, std::uint64_t address,
                                        const FileCode& file);

/// Compares each instruction, and notes in it what the file has instead.
/// The bytes differ when those of three instructions do that are not all at one place, and of one
/// in five; not counting what kernels patch: alternatives, calls and jumps, nops, lock prefixes,
/// breakpoints, addresses that moved.
CodeMatch compare(std::vector<CodeInstruction>& instructions, const CodeTarget& target,
                  const FileCode& file);

}  // namespace symline::decode
