// The debug files that were not found, as a member of a JSON object. Pure.
#pragma once

#include "output/json_writer.h"
#include "symline/missing_files.h"

namespace symline::output {

/// "missing_files": which, what would help, and the line that people read.
void write_missing(JsonWriter& json, const MissingFiles& missing);
void write_missing(JsonWriter& json, const MissingModules& missing);

}  // namespace symline::output
