// A core or dump on standard input.
#pragma once

#include <expected>
#include <string>

#include "base/sparse_file.h"

namespace symline::tools {

/// A path that it can be opened by: a regular file as it is, anything else copied to `copy`, since
/// it is read in any order. The error says why not.
std::expected<std::string, std::string> standard_input_as_file(base::SparseFile& copy);

}  // namespace symline::tools
