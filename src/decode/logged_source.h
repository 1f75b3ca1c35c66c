// The file and line that a frame's own text gives: of a kernel with KALLSYMS_LINEINFO, of a tracer
// that looked its frames up.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "symline/decoded_line.h"

namespace symline::decode {

/// Whether `path` is `end`, or ends with it after a slash.
bool ends_with_path(std::string_view path, std::string_view end);

/// Whether the innermost of `frames` is at `source`, "kernel/fork.c:19" or "kernel/fork.c:19:7":
/// a path or its end, and a line.
bool begins_at(std::span<const Frame> frames, std::string_view source);

/// Which of the candidates begins at `source`; nothing where none does, or several do.
std::optional<std::size_t> candidate_at(const DecodedPlace& place, std::string_view source);

}  // namespace symline::decode
