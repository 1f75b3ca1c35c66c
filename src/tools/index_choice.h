// Whether answers come from indexes: --index, and SYMLINE_INDEX for programs without that option.
#pragma once

#include <optional>
#include <string_view>

#include "symline/index.h"

namespace symline::tools {

/// "auto", "never" or "require".
std::optional<IndexUse> index_use_named(std::string_view word);

/// What SYMLINE_INDEX says; automatic without it, or when it says none of the three.
IndexUse index_use_of_environment();

}  // namespace symline::tools
