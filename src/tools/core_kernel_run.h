// `symline core` on a kernel's dump: its log, and the stacks of its CPUs and tasks.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "output/core_report.h"
#include "symline/disassembler.h"
#include "symline/kernel_dump.h"
#include "tools/core_options.h"
#include "tools/diagnostics.h"
#include "tools/fetch_session.h"
#include "tools/standard_output.h"

namespace symline::tools {

class CoreKernelRun {
public:
    /// `options` is borrowed and must live as long.
    CoreKernelRun(const CoreOptions& options, Diagnostics& diagnostics, StandardOutput& output,
                  DisassemblerMaker disassembler);

    /// True when the dump could be read.
    bool run();
    const FetchSession& fetches() const { return fetches_; }

private:
    bool print_raw_log(KernelDump& dump);
    bool show(KernelDump& dump);
    bool no_such_task(KernelDump& dump);
    std::vector<StackTrace> stacks(KernelDump& dump) const;
    /// Those in the states that are asked for.
    std::vector<int> chosen_tasks(KernelDump& dump) const;
    bool shows_log() const;
    void add_tables(output::KernelReport& report, KernelDump& dump) const;
    void add_log(output::CoreReport& report, KernelDump& dump);
    std::string decoded_log(std::string_view log, KernelDump& dump);
    void say_notices(KernelDump& dump);
    bool fail(const Error& error);

    const CoreOptions& options_;
    Diagnostics& diagnostics_;
    StandardOutput& output_;
    DisassemblerMaker disassembler_;
    FetchSession fetches_;
    std::shared_ptr<DebugFiles> debug_files_;
};

}  // namespace symline::tools
