// What an address is that lies in no mapped file: a null pointer, code that the process made, its
// stack or heap, or nothing at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "process/snapshot.h"
#include "symline/miss.h"

namespace symline::process {

class AddressWords {
public:
    /// `process` is borrowed; of its threads the stack pointers are taken now.
    explicit AddressWords(const Snapshot& process);

    Miss describe(std::uint64_t address) const;
    /// What a thread's access went to that failed, as of ProcessFacts::fault_place.
    std::string describe_fault(std::uint64_t address, const CoreThread& thread) const;
    /// Whether code may lie there; nothing where the core leaves the memory out.
    std::optional<bool> is_code(std::uint64_t address) const;

private:
    Miss describe_in_memory(const CoreSegment& segment) const;
    bool is_beyond_stack(std::uint64_t address, const CoreThread& thread) const;
    bool is_heap(const CoreSegment& segment) const;

    const Snapshot& process_;
    std::vector<std::pair<std::uint64_t, int>> stack_pointers_;  ///< sorted; with the thread
};

}  // namespace symline::process
