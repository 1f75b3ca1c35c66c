// Process::threads(): apart from the rest of Process, which a program that only looks up addresses
// links alone.
#include <algorithm>

#include "process/live/live_process.h"
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

std::vector<ExtendedRegister> extended_registers(const process::Snapshot& snapshot,
                                                 process::CoreThread& thread) {
    if (thread.register_sets.empty()) return std::move(thread.extended_registers);
    auto sets = thread.register_sets;
    if (!snapshot.xsave_layout.empty()) {
        sets.push_back({process::kXsaveLayoutSet, snapshot.xsave_layout});
    }
    return process::read_extended_registers(snapshot.machine, snapshot.format.big_endian, sets);
}

/// A handler's stack leads on into the thread's own: how much of what the unwinder asks for is
/// copied, one time after the other.
constexpr std::uint64_t kFurther[] = {1 << 20, 16 << 20, process::kMaxCopied};

}  // namespace

Expected<std::vector<StackTrace>> Process::threads(const StackOptions& options) {
    process::Snapshot& snapshot = state_->snapshot;
    if (state_->living()) {
        auto captured =
            process::capture_process(snapshot.facts.pid, options.tids, options.extended_registers);
        if (!captured) return std::unexpected(std::move(captured.error()));
        snapshot = std::move(*captured);
        state_->words.reset();
        for (const std::string& each : snapshot.problems) state_->add_problem(each);
    }
    process::ProcessStacks stacks(snapshot, state_->symbolizer, options.max_frames);
    std::vector<StackTrace> traces;
    for (process::CoreThread& each : chosen(snapshot.threads, options)) {
        auto unwound = stacks.unwind(each);
        for (const auto size : kFurther) {
            if (!state_->living() || !unwound.unread) break;
            if (!process::copy_more(snapshot, each, *unwound.unread, size)) break;
            unwound = stacks.unwind(each);
        }
        if (options.extended_registers) {
            unwound.trace.extended_registers = extended_registers(snapshot, each);
        }
        traces.push_back(std::move(unwound.trace));
    }
    if (stacks.refused_scan()) {
        state_->add_problem(
            "so many stacks were searched for return addresses that those of the "
            "last threads are not: ask for one by its tid");
    }
    return traces;
}

}  // namespace symline
