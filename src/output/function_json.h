// The names of a function, as all JSON output has them.
#pragma once

#include "output/json_writer.h"
#include "symline/frame.h"

namespace symline::output {

/// "function", "linkage_name", and, where that one is mangled, "demangled". A symbol table has the
/// linker's name alone: its readable form is the function then.
void append_function(JsonWriter& json, const Frame& frame);

}  // namespace symline::output
