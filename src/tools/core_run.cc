#include "tools/core_run.h"

#include <utility>

#include "symline/core_dump.h"
#include "symline/kernel_dump.h"
#include "symline/tail_calls.h"
#include "tools/core_print.h"
#include "tools/debug_file_places.h"
#include "tools/missing_files.h"
#include "tools/stack_report.h"

namespace symline::tools {
namespace {

output::CoreReport report_of(const Process& process, const std::string& core) {
    output::CoreReport report;
    report.core = core;
    report.process = process.facts();
    report.address_digits = process.address_size() * 2;
    return report;
}

bool is_core(const std::string& path) {
    return KernelDump::recognizes(path) || CoreDump::open(path).has_value();
}

/// A list of what is here is not a reason to fetch what is not, which may be a gigabyte.
FetchChoice fetch_choice(const CoreOptions& options) {
    FetchChoice choice = options.fetch;
    if (!options.shows_stacks()) choice.policy = FetchPolicy::never;
    return choice;
}

}  // namespace

CoreRun::CoreRun(const CoreOptions& options, Diagnostics& diagnostics, StandardOutput& output)
    : options_(options),
      diagnostics_(diagnostics),
      output_(output),
      fetches_(fetch_choice(options), diagnostics),
      debug_files_(open_debug_files(options_.places, fetches_)) {}

bool CoreRun::run() {
    auto process = open();
    if (!process) return fail(process.error());
    if (options_.tasks || options_.process_table || options_.raw_log) {
        diagnostics_.say("--tasks, --ps and --dmesg are for the dump of a kernel");
        return false;
    }
    auto stacks = this->stacks(*process);
    if (!stacks) return fail(stacks.error());
    if (stacks->empty() && options_.tid) {
        diagnostics_.say("there is no thread " + std::to_string(*options_.tid));
        return false;
    }
    process->prefetch(*stacks);
    add_tail_calls(*process, *stacks);
    PlaceDetailer detailer(options_.shown, Links::no, options_.places.sysroot, debug_files_);
    // JSON has every thread by itself, and so has a listing with registers.
    const bool registers = options_.registers != ShownRegisters::none;
    const bool apart = options_.format == CoreFormat::json || registers;
    StackReport shown(
        *process, detailer,
        {.folding = apart ? StackReport::Folding::apart : StackReport::Folding::together,
         .registers = registers});
    auto report = report_of(*process, options_.core_name);
    report.shown = options_.shown_frames;
    report.threads = shown.threads(*stacks);
    if (options_.module_table) report.modules = process->modules();
    report.missing = process->missing_files(*stacks);
    report.problems.assign(process->problems().begin(), process->problems().end());
    const auto missing = detailer.missing_source();
    if (!missing.empty()) diagnostics_.say_once(missing);
    if (options_.format == CoreFormat::folded) {
        for (const auto& each : report.problems) diagnostics_.say(each);
    }
    print_core(report, options_.format, {.paths = output::Paths::full}, output_);
    if (report.missing && output_.flush()) diagnostics_.say(missing_files_line(*report.missing));
    return true;
}

Expected<Process> CoreRun::open() const {
    const ProcessOptions wanted{.program = options_.program,
                                .sysroot = options_.places.sysroot,
                                .debug_files = debug_files_,
                                .split_package = options_.split_package};
    if (options_.pid) return Process::open(*options_.pid, wanted);
    return CoreDump::open(options_.core, wanted);
}

Expected<std::vector<StackTrace>> CoreRun::stacks(Process& process) const {
    if (!options_.shows_stacks()) return std::vector<StackTrace>();
    StackOptions wanted{.crashing_only = options_.crashing_only,
                        .extended_registers = options_.registers == ShownRegisters::all};
    if (options_.tid) wanted.tids = {*options_.tid};
    return process.threads(wanted);
}

bool CoreRun::fail(const Error& error) {
    const std::string name =
        options_.pid ? "process " + std::to_string(*options_.pid) : "'" + options_.core_name + "'";
    const bool second = !options_.program.empty() && is_core(options_.program);
    diagnostics_.say(name + ": " + error.message + (second ? "; the core comes first" : ""));
    return false;
}

}  // namespace symline::tools
