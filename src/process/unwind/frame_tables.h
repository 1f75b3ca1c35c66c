// What the files of a module say about unwinding its functions.
#pragma once

#include <cstdint>
#include <optional>

#include "dwarf/call_frames.h"
#include "process/unwind/exidx_table.h"
#include "symline/module.h"

namespace symline::process {

/// Each table is read when it is first needed.
class FrameTables {
public:
    /// `module` is borrowed. `bias`: runtime address minus the file's.
    FrameTables(const Module& module, std::uint64_t bias) : module_(module), bias_(bias) {}

    /// Of a runtime address; nothing where neither .eh_frame nor .debug_frame describes it.
    std::optional<dwarf::CallFrameRules> rules_at(std::uint64_t address);
    std::uint64_t bias() const { return bias_; }
    /// The unwind tables of 32-bit Arm; null where there are none.
    const ExidxTable* exidx();

private:
    const Module& module_;
    std::uint64_t bias_;
    bool eh_opened_ = false, debug_opened_ = false, exidx_sought_ = false;
    std::optional<dwarf::CallFrames> eh_, debug_;
    std::optional<ExidxTable> exidx_;
};

}  // namespace symline::process
