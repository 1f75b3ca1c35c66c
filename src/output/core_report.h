// A crashed or stopped process - or a kernel - as it is shown: as text or as one JSON object. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "output/names.h"
#include "output/source.h"
#include "symline/build_id.h"
#include "symline/found_by.h"
#include "symline/frame.h"
#include "symline/kernel_dump.h"
#include "symline/missing_files.h"
#include "symline/process.h"
#include "symline/process_module.h"
#include "symline/stack_trace.h"

namespace symline::output {

struct CoreFrame {
    std::uint64_t pc = 0;
    std::string_view module;  ///< the file's path in the process; empty when it is not known
    std::uint64_t offset = 0;
    std::string build_id;
    std::optional<UnwoundBy> unwound_by;  ///< nothing: it was not unwound
    std::vector<Frame> frames;            ///< innermost first
    /// Lines around the place of each of `frames`; no elements when none were asked for.
    std::vector<std::vector<SourceLine>> source;
    /// "worker+0x10/0x40 [module]": of a kernel's place that no file was found for.
    std::string symbol;
    std::string miss;   ///< why `frames` is empty
    bool user = false;  ///< of a kernel's stack: the place in user space that it was entered from
    bool signal_return = false;  ///< see StackFrame
};

struct CoreThreadReport {
    std::vector<int> tids;  ///< more than one: they have the same stack
    std::string name;       ///< may be empty
    bool crashing = false;
    std::optional<int> cpu;
    std::vector<KernelTask> tasks;  ///< a kernel's, in the order of `tids`; none: not known
    std::vector<CoreFrame> frames;
    std::string stopped;  ///< why there are no more frames; may be empty
    std::optional<UnstoppedThread> unstopped;
    std::vector<NamedRegister> registers;
    std::vector<ExtendedRegister> extended_registers;
};

/// What a dump says of its kernel.
struct KernelReport {
    std::string release;  ///< uname -r
    std::optional<BuildId> build_id;
    std::optional<std::uint64_t> offset;  ///< how far it was moved
    std::string vmlinux;                  ///< its path; empty: not found
    std::optional<FoundBy> vmlinux_found_by;
    std::string panic;  ///< what it panicked of
    std::string log;    ///< decoded
    /// The tables, where they are asked for.
    std::optional<std::vector<KernelTask>> tasks;
    std::optional<std::vector<DumpedKernelModule>> modules;
    std::optional<MissingFiles> missing;  ///< the debug files that were not found
};

/// Which frames of a deep stack are shown as text, in lines; those between are counted. All of a
/// stack that has not twice as many.
struct ShownFrames {
    std::size_t innermost = 64;
    std::size_t outermost = 16;
};

/// Of a process or of a kernel: what is not known of the other is empty.
struct CoreReport {
    std::string core;  ///< the file's name; empty for a living process
    ProcessFacts process;
    KernelReport kernel;
    unsigned address_digits = 16;
    std::optional<ShownFrames> shown = ShownFrames();  ///< nothing: all
    std::vector<CoreThreadReport> threads;
    std::optional<std::vector<ProcessModule>> modules;  ///< the table, where it is asked for
    std::optional<MissingModules> missing;              ///< the debug files that were not found
    std::vector<std::string> problems;
};

void append_core_heading(std::string& out, const CoreReport& report);
void append_core_thread(std::string& out, const CoreReport& report, const CoreThreadReport& thread,
                        const NameStyle& names);
/// One JSON object and a line end.
void append_core_json(std::string& out, const CoreReport& report, const NameStyle& names = {});

}  // namespace symline::output
