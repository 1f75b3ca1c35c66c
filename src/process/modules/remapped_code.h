// Code that was moved out of its file: programs copy their text to huge pages of anonymous memory
// in its place (node --use-largepages, BOLT --hugify).
#pragma once

#include <vector>

#include "process/corefile/core_image.h"
#include "process/memory.h"
#include "symline/mapping.h"

namespace symline::process {

/// Adds a mapping (Mapping::remapped) for executable memory that shows no file and lies where the
/// program headers of a mapped file have its code. `segments` is all that is mapped; `mappings`,
/// the files of it, stay in the order of their addresses.
void add_remapped_code(const Memory& memory, WordFormat format,
                       const std::vector<CoreSegment>& segments, std::vector<Mapping>& mappings);

}  // namespace symline::process
