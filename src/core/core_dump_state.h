// What a CoreDump holds: for the unwinder, which needs registers and memory as they are.
#pragma once

#include "core/core_image.h"
#include "core/core_notes.h"
#include "core/mappings.h"
#include "symline/core_dump.h"

namespace symline {

struct CoreDump::State {
    core::CoreImage image;
    core::CoreNotes notes;
    core::MappedFiles files;
    std::vector<std::string> problems;
};

}  // namespace symline
