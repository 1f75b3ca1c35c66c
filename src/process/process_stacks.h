// A process - crashed or living - ready to be unwound: its memory, with what the core leaves out
// taken from the mapped files, and its threads' registers.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "process/core_image.h"
#include "process/core_notes.h"
#include "process/unwinder.h"
#include "symline/mapping.h"
#include "symline/symbolizer.h"

namespace symline::process {

/// What the stacks of a process are made from; all of it is borrowed.
struct ProcessView {
    const Memory& memory;
    WordFormat format;
    std::uint16_t machine = 0;
    const std::vector<CoreSegment>& segments;  ///< by address; for what may be executed or written
    const std::vector<Mapping>& mappings;
};

class ProcessStacks : public UnwindSource {
public:
    /// `symbolizer` finds the files; it must outlive this.
    ProcessStacks(const ProcessView& process, Symbolizer& symbolizer);

    /// In the order of `threads`. `crashing` is the index of the thread to mark, if any.
    std::vector<StackTrace> unwind(const std::vector<CoreThread>& threads,
                                   std::optional<int> crashing);

    const Memory& memory() const override { return reader_; }
    const MachineFacts& machine() const override { return *facts_; }
    bool big_endian() const override { return process_.format.big_endian; }
    std::vector<UnwindModule> modules() const override;
    UnwindFile file(std::size_t module) override;
    std::string debug_file(std::size_t module) override;
    bool is_code(std::uint64_t address) const override;

private:
    /// The core's memory, and where it has none, the file's: code and constants are left out of
    /// cores, and what a process may write is not.
    class Reader : public Memory {
    public:
        explicit Reader(ProcessStacks& owner) : owner_(owner) {}
        bool read(std::uint64_t address, std::span<std::uint8_t> to) const override;

    private:
        ProcessStacks& owner_;
    };

    ProcessView process_;
    Symbolizer& symbolizer_;
    const MachineFacts* facts_;
    Reader reader_{*this};
    std::vector<const Mapping*> modules_;  ///< the first mapping of each
    std::vector<std::uint64_t> ends_;
};

}  // namespace symline::process
