// DWARF expressions that call frame information uses to find registers and frame addresses
// (DWARF 5 section 2.5; section 6.4.2 says which operations cannot occur).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "base/bytes.h"

namespace symline::dwarf {

/// What an expression reads. Both give nothing for what is not known.
struct ExpressionContext {
    unsigned address_size = 8;
    bool big_endian = false;
    std::uint64_t bias = 0;  ///< runtime address minus the file's
    const std::function<std::optional<std::uint64_t>(std::uint64_t number)>& register_value;
    /// `size` bytes, at most 8, as an unsigned number.
    const std::function<std::optional<std::uint64_t>(std::uint64_t address, unsigned size)>& memory;
};

/// The value on top of the stack at the end, which begins with `initial` if there is one. Nothing
/// where the expression is damaged, has an operation that cannot occur, or reads what is not known.
std::optional<std::uint64_t> evaluate_frame_expression(base::Bytes expression,
                                                       const ExpressionContext& context,
                                                       std::optional<std::uint64_t> initial);

}  // namespace symline::dwarf
