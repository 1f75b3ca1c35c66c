// The call frame information of a file: .debug_frame (DWARF 5 section 6.4), or .eh_frame, for which
// .eh_frame_hdr is a search table (Linux Standard Base Core, section 10.6).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "dwarf/call_frame_entries.h"
#include "dwarf/call_frame_rules.h"

namespace symline::dwarf {

/// Where a function keeps its caller's stack pointer and where it returns to: rules that need
/// neither expressions nor other registers. Of one instruction.
struct CallFrame {
    /// The canonical frame address, which is what the caller's stack pointer was: the value of a
    /// register and an offset.
    std::uint64_t cfa_register = 0;
    std::int64_t cfa_offset = 0;
    /// The return address is in memory, at an offset from the canonical frame address; else in a
    /// register.
    std::optional<std::int64_t> return_offset;
    std::uint64_t return_register = 0;
};

/// Nothing where the rules are of another form.
std::optional<CallFrame> simple_call_frame(const CallFrameRules& rules);

class CallFrames {
public:
    /// Reads where all functions are.
    explicit CallFrames(CallFrameEntries entries);
    /// `table`: the contents of .eh_frame_hdr; where they cannot be searched, all of .eh_frame is
    /// read.
    CallFrames(CallFrameEntries entries, PlacedBytes table);

    /// Nothing where the section does not describe the address, or is damaged.
    std::optional<CallFrameRules> rules_at(std::uint64_t address) const;

private:
    struct Function {
        std::uint64_t begin = 0, size = 0;
        std::uint64_t offset = 0;  ///< of its FDE
    };
    void read_all();
    bool open_table();
    std::optional<std::uint64_t> entry_for(std::uint64_t address) const;
    std::optional<std::uint64_t> table_entry_for(std::uint64_t address) const;

    CallFrameEntries entries_;
    PlacedBytes table_;                ///< .eh_frame_hdr from its first row on
    std::uint64_t table_base_ = 0;     ///< what its rows count from
    std::vector<Function> functions_;  ///< by address; without a table
};

}  // namespace symline::dwarf
