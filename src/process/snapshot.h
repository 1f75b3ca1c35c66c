// A process as a core keeps it, or as a living one was found: what stacks and places are made from.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "process/corefile/core_image.h"
#include "process/corefile/core_notes.h"
#include "process/memory.h"
#include "symline/mapping.h"
#include "symline/process.h"

namespace symline::process {

struct Snapshot {
    ProcessFacts facts;
    int window = 0;  ///< of a living process: the thread below whose /proc folder its memory is
    WordFormat format;
    std::uint16_t machine = 0;   ///< e_machine
    unsigned register_size = 0;  ///< see machine_facts()
    std::uint64_t entry = 0;     ///< AT_ENTRY: where the program begins; 0: not known
    std::unique_ptr<Memory> memory;
    std::vector<CoreSegment> segments;  ///< by address; for what may be executed or written
    std::vector<Mapping> mappings;
    std::optional<std::uint32_t> user;  ///< of a core: the process's
    std::vector<std::string> roots;   ///< of a core: what stands before the paths of its files here
    base::Bytes xsave_layout;         ///< see CoreNotes
    std::vector<CoreThread> threads;  ///< the one that got the signal comes first
    std::vector<std::string> problems;
};

}  // namespace symline::process
