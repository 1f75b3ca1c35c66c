// What a CoreDump holds: for the unwinder, which needs registers and memory as they are.
#pragma once

#include "process/core_image.h"
#include "process/core_notes.h"
#include "process/mappings.h"
#include "symline/core_dump.h"

namespace symline {

struct CoreDump::State {
    process::CoreImage image;
    process::CoreNotes notes;
    process::MappedFiles files;
    std::vector<std::string> problems;
};

}  // namespace symline
