// A variable of a program, as its debug information describes it.
//
// All text is in memory of the Module that made it, as that of a Frame is.
//
//     const symline::Variable& each = variables.front();
//     std::cout << each.name << ", declared at " << each.declaration.file << ':'
//               << each.declaration.line;
//     if (each.frame_offset) std::cout << ", " << *each.frame_offset << " from the frame base";
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "symline/address.h"
#include "symline/frame.h"

namespace symline {

/// A variable or parameter of a program.
struct Variable {
    std::string_view function;  ///< DW_AT_name of that whose frame it is in; empty: none, unknown
    std::string_view name;      ///< empty: unknown
    std::string_view linkage_name;  ///< empty where debug information has none
    SourceLocation declaration;     ///< its column is not told
    /// Where it is, in bytes from the frame base (DW_AT_frame_base): in all of the function's code,
    /// or in the first part of it for which debug information says so.
    std::optional<std::int64_t> frame_offset;
    std::optional<FileAddress> address;       ///< of one of static storage duration
    std::optional<std::uint64_t> size;        ///< in bytes; none when it is decided at run time
    std::optional<std::uint64_t> tag_offset;  ///< DW_AT_LLVM_tag_offset, of HWASan and MTE

    /// The name that identifies it to a linker: linkage_name, else name.
    [[nodiscard]] std::string_view linkage_or_name() const {
        return linkage_name.empty() ? name : linkage_name;
    }
};

}  // namespace symline
