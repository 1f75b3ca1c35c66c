// Process::threads(): apart from the rest of Process, because it needs libdwfl.
#include <algorithm>

#include "process/live_process.h"
#include "process/process_stacks.h"
#include "process/process_state.h"

namespace symline {
namespace {

std::vector<process::CoreThread> chosen(const std::vector<process::CoreThread>& threads,
                                        const StackOptions& options) {
    auto wanted = threads;
    if (options.crashing_only && wanted.size() > 1) wanted.resize(1);
    if (!options.tids.empty()) {
        std::erase_if(wanted, [&](const process::CoreThread& each) {
            return std::ranges::find(options.tids, each.tid) == options.tids.end();
        });
    }
    return wanted;
}

}  // namespace

Expected<std::vector<StackTrace>> Process::threads(const StackOptions& options) {
    process::Snapshot& snapshot = state_->snapshot;
    if (state_->living()) {
        auto captured = process::capture_process(snapshot.facts.pid);
        if (!captured) return std::unexpected(std::move(captured.error()));
        snapshot = std::move(*captured);
        for (const std::string& each : snapshot.problems) state_->add_problem(each);
    }
    const auto wanted = chosen(snapshot.threads, options);
    return process::ProcessStacks(snapshot, state_->symbolizer).unwind(wanted, options.max_frames);
}

}  // namespace symline
