// Unwinds the threads of a process, crashed or living. Memory that the snapshot leaves out, such as
// code, is read from the mapped files.
#pragma once

#include <map>
#include <utility>

#include "process/snapshot.h"
#include "process/unwind/frame_tables.h"
#include "process/unwind/unwinder.h"
#include "symline/symbolizer.h"

namespace symline::process {

class ProcessStacks : public UnwindSource {
public:
    /// Both are borrowed; `symbolizer` finds the files.
    ProcessStacks(const Snapshot& process, Symbolizer& symbolizer, std::size_t max_frames);

    /// The stack of a thread, and the address where memory was missing, if that ended it.
    struct Unwound {
        StackTrace trace;
        std::optional<std::uint64_t> unread;
    };
    Unwound unwind(const CoreThread& thread);
    /// See Unwinder::refused_scan().
    bool refused_scan() const { return unwinder_ && unwinder_->refused_scan(); }

    const Memory& memory() const override { return reader_; }
    const Memory& code_memory() const override { return code_reader_; }
    const MachineFacts& machine() const override { return *facts_; }
    bool big_endian() const override { return process_.format.big_endian; }
    FrameTables* tables(std::uint64_t address) override;
    bool is_code(std::uint64_t address) const override;
    bool begins_function(std::uint64_t address) const override;
    std::optional<std::uint64_t> function_at(std::uint64_t address) const override;
    GoFunction go_function(std::uint64_t address) const override;
    bool begins_stack(std::uint64_t address) const override;

private:
    /// The core's memory, and where it has none, the file's: code and constants are left out of
    /// cores, and what a process may write is not.
    class Reader : public Memory {
    public:
        Reader(ProcessStacks& owner, bool any_file) : owner_(owner), any_file_(any_file) {}
        bool read(std::uint64_t address, std::span<std::uint8_t> to) const override;
        std::string why_missing(std::uint64_t address) const override {
            return owner_.process_.memory->why_missing(address);
        }

    private:
        bool read_at(std::uint64_t address, std::span<std::uint8_t> to) const;

        ProcessStacks& owner_;
        bool any_file_;  ///< also one whose build id was not compared
    };

    struct Place {
        const Module* module;
        FileAddress address;
    };
    static FileAddress entry_of(const Module& module, const Symbol& symbol);
    std::optional<Place> place_of(std::uint64_t address) const;
    StackTrace trace_of(const CoreThread& thread) const;

    const Snapshot& process_;
    Symbolizer& symbolizer_;
    const MachineFacts* facts_;
    Reader reader_{*this, false};
    Reader code_reader_{*this, true};
    std::map<std::pair<const Module*, std::uint64_t>, FrameTables> tables_;
    std::optional<Unwinder> unwinder_;
    std::size_t frames_ = 0;  ///< of all threads so far
};

}  // namespace symline::process
