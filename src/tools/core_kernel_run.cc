#include "tools/core_kernel_run.h"

#include <algorithm>
#include <utility>

#include "symline/decoder.h"
#include "symline/module.h"
#include "symline/tail_calls.h"
#include "tools/core_print.h"
#include "tools/debug_file_places.h"
#include "tools/decode_printer.h"
#include "tools/messages.h"
#include "tools/missing_files.h"
#include "tools/place_details.h"
#include "tools/stack_report.h"

namespace symline::tools {
namespace {

constexpr MissingFileWords kWords{
    .vmlinux = "BUILD/vmlinux after the dump",
    .no_release = "BUILD/vmlinux after the dump gives the file of a kernel built by hand"};

output::CoreReport report_of(KernelDump& dump) {
    output::CoreReport report;
    output::KernelReport& kernel = report.kernel;
    kernel.release = dump.release();
    if (const auto slide = dump.slide()) kernel.offset = slide->value;
    kernel.build_id = dump.build_id();
    kernel.panic = dump.panic_message();
    if (const Module* vmlinux = dump.vmlinux()) {
        kernel.vmlinux = vmlinux->path();
        kernel.vmlinux_found_by = dump.kernel().found_by(*vmlinux);
    }
    return report;
}

}  // namespace

CoreKernelRun::CoreKernelRun(const CoreOptions& options, Diagnostics& diagnostics,
                             StandardOutput& output, DisassemblerMaker disassembler)
    : options_(options),
      diagnostics_(diagnostics),
      output_(output),
      disassembler_(std::move(disassembler)),
      fetches_(options.fetch, diagnostics),
      debug_files_(open_debug_files(options_.places, fetches_)) {}

bool CoreKernelRun::run() {
    auto dump = KernelDump::open(options_.core, {.vmlinux = options_.program,
                                                 .module_directories = options_.modules,
                                                 .debug_files = debug_files_,
                                                 .split_package = options_.split_package});
    if (!dump) return fail(dump.error());
    const auto error = dump->vmlinux_error();
    // One of another build is said to be unused, and the dump read without it.
    if (error && error->code != ErrorCode::mismatch) {
        diagnostics_.say("'" + options_.program + "': " + message_of(*error));
        return false;
    }
    return options_.raw_log ? print_raw_log(*dump) : show(*dump);
}

bool CoreKernelRun::print_raw_log(KernelDump& dump) {
    for (const auto& each : dump.problems()) diagnostics_.say(each);
    const auto log = dump.log();
    if (!log) return fail(log.error());
    output_.buffer() += *log;
    return true;
}

bool CoreKernelRun::show(KernelDump& dump) {
    auto report = report_of(dump);
    report.shown = options_.shown_frames;
    report.core = options_.core_name;
    auto stacks = options_.shows_stacks() ? this->stacks(dump) : std::vector<StackTrace>();
    if (stacks.empty() && options_.tid) return no_such_task(dump);
    dump.prefetch(stacks);
    add_tail_calls(dump, stacks);
    PlaceDetailer detailer(options_.shown, Links::no, options_.places.sysroot, debug_files_);
    // JSON has every task by itself.
    StackReport shown(
        dump, detailer,
        {.folding = options_.format == CoreFormat::json ? StackReport::Folding::apart
                                                        : StackReport::Folding::together,
         .registers = options_.registers != ShownRegisters::none,
         .release = report.kernel.release,
         .tasks = options_.tasks ? dump.tasks() : std::span<const KernelTask>(),
         .symbol_at = [&](CodeAddress address) { return dump.symbol_at(address); }});
    report.threads = shown.threads(stacks);
    if (options_.process_table || options_.module_table) add_tables(report.kernel, dump);
    report.problems = dump.problems();
    if (stacks.empty() && !options_.states.empty() && !dump.tasks().empty()) {
        report.problems.emplace_back("no task is in such a state");
    }
    add_log(report, dump);
    report.kernel.missing = dump.kernel().missing_files();
    say_notices(dump);
    const auto missing = detailer.missing_source();
    if (!missing.empty()) diagnostics_.say_once(missing);
    const auto root = dump.kernel().assembler_source_root();
    if (options_.format == CoreFormat::folded) {
        for (const auto& each : report.problems) diagnostics_.say(each);
    }
    print_core(report, options_.format,
               {.paths = output::Paths::relative, .assembler_prefix = root}, output_);
    return true;
}

bool CoreKernelRun::no_such_task(KernelDump& dump) {
    const auto number = std::to_string(*options_.tid);
    if (!dump.tasks().empty()) {
        diagnostics_.say("there is no task " + number);
        return false;
    }
    for (const auto& each : dump.problems()) diagnostics_.say(each);
    diagnostics_.say("whether there is a task " + number + " is not known");
    return false;
}

std::vector<StackTrace> CoreKernelRun::stacks(KernelDump& dump) const {
    StackOptions wanted{.crashing_only = options_.crashing_only};
    if (options_.tid) wanted.tids = {*options_.tid};
    // Where no task is known there are CPUs at least.
    if (!options_.states.empty() && !dump.tasks().empty()) {
        wanted.tids = chosen_tasks(dump);
        if (wanted.tids.empty()) return {};
    }
    return dump.threads(options_.tasks ? KernelThreads::all : KernelThreads::on_cpus, wanted);
}

std::vector<int> CoreKernelRun::chosen_tasks(KernelDump& dump) const {
    std::vector<int> chosen;
    for (const KernelTask& each : dump.tasks()) {
        const bool wanted =
            each.state && std::ranges::find(options_.states, *each.state) != options_.states.end();
        if (wanted && (!options_.tid || each.pid == *options_.tid)) chosen.push_back(each.pid);
    }
    return chosen;
}

void CoreKernelRun::add_tables(output::KernelReport& report, KernelDump& dump) const {
    // Where they are not known, dump.problems() says why.
    if (dump.tasks().empty()) return;
    if (options_.process_table) report.tasks = dump.tasks();
    if (options_.module_table) report.modules = dump.modules();
}

/// A choice of stacks comes without it, and so does a table.
bool CoreKernelRun::shows_log() const {
    const bool some = options_.crashing_only || options_.tid || !options_.states.empty();
    if (options_.format == CoreFormat::folded) return false;
    return !some && !options_.process_table && !options_.module_table;
}

void CoreKernelRun::add_log(output::CoreReport& report, KernelDump& dump) {
    const auto log = dump.log();
    if (!log) {
        report.problems.push_back("log: " + log.error().message);
    } else if (shows_log()) {
        report.kernel.log = decoded_log(*log, dump);
    }
}

/// As `symline decode` prints it, with the files of this dump's kernel.
std::string CoreKernelRun::decoded_log(std::string_view log, KernelDump& dump) {
    DecodeOptions plain;
    plain.decoder.kernel = &dump.kernel();
    plain.decoder.debug_files = debug_files_;
    plain.decoder.split_package = options_.split_package;
    plain.decoder.disassembler = disassembler_;
    Decoder decoder(plain.decoder);
    StandardOutput text(-1, output::Reader::program);  // written to its buffer only
    DecodePrinter printer(plain, decoder, text, debug_files_);
    decoder.feed(log);
    decoder.end();
    while (const DecodedLine* line = decoder.next()) printer.print(*line);
    for (const auto& each : decoder.take_notices()) diagnostics_.say_once(notice_line(each));
    return std::move(text.buffer());
}

void CoreKernelRun::say_notices(KernelDump& dump) {
    for (const auto& each : dump.kernel().notices()) diagnostics_.say_once(notice_line(each));
    const auto missing = dump.kernel().missing_files();
    if (missing) diagnostics_.say_once(missing_files_line(*missing, kWords));
}

bool CoreKernelRun::fail(const Error& error) {
    diagnostics_.say("'" + options_.core_name + "': " + error.message);
    return false;
}

}  // namespace symline::tools
