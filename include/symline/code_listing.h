// The instructions of a "Code:" line of a kernel report, compared with those of the kernel's file.
//
//     if (line->code && line->code->listing.match == symline::CodeMatch::differs) {
//         for (const symline::CodeInstruction& each : line->code->listing.instructions) {
//             if (!each.in_file.empty()) std::cout << each.offset << ": " << each.text << '\n';
//         }
//     }
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace symline {

struct CodeInstruction {
    std::int64_t offset = 0;  ///< from the instruction that the line marks, in bytes
    std::vector<std::uint8_t> bytes;
    std::string text;  ///< empty: an instruction that the line holds only a part of, or none
    bool trapping = false;
    /// What the file has in its place, where that is something else.
    std::vector<std::uint8_t> in_file;
};

/// How the bytes agree with those of the file at that place.
enum class CodeMatch {
    not_known,  ///< the file, or its code, is not there
    same,       ///< but for what a kernel patches and moves when it boots
    differs,
};

struct CodeListing {
    std::string_view architecture;               ///< "x86_64"; empty: not known, nothing decoded
    unsigned unit = 1;                           ///< bytes in each number of the line
    bool big_endian = false;                     ///< of the numbers' bytes
    std::optional<std::uint64_t> symbol_offset;  ///< of the marked instruction in its function
    std::vector<CodeInstruction> instructions;
    CodeMatch match = CodeMatch::not_known;
};

}  // namespace symline
