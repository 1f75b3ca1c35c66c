// What all JSON output has of a function: its names, and lines of its source.
#pragma once

#include <vector>

#include "output/json_writer.h"
#include "output/source.h"
#include "symline/frame.h"

namespace symline::output {

/// "function", "linkage_name", and, where that one is mangled, "demangled". A symbol table has the
/// linker's name alone: its readable form is the function then.
void append_function(JsonWriter& json, const Frame& frame);

/// "source": an array of lines with their numbers; left out where there are none.
void append_source(JsonWriter& json, const std::vector<SourceLine>& lines);

}  // namespace symline::output
