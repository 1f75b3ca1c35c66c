// `symline core` after its command line: a core or a living process in, its stacks out.
#pragma once

#include <memory>

#include "output/core_report.h"
#include "symline/process.h"
#include "tools/core_options.h"
#include "tools/diagnostics.h"
#include "tools/place_details.h"
#include "tools/standard_output.h"

namespace symline::tools {

class CoreRun {
public:
    /// `options` is borrowed and must live as long.
    CoreRun(const CoreOptions& options, Diagnostics& diagnostics, StandardOutput& output);

    /// True when the core could be read and the thread that was asked for is in it.
    bool run();
    const FetchSession& fetches() const { return fetches_; }

private:
    Expected<Process> open() const;
    Expected<std::vector<StackTrace>> stacks(Process& process) const;
    bool fail(const Error& error);

    const CoreOptions& options_;
    Diagnostics& diagnostics_;
    StandardOutput& output_;
    FetchSession fetches_;
    std::shared_ptr<DebugFiles> debug_files_;
};

}  // namespace symline::tools
