#include "tools/core_run.h"

#include <algorithm>
#include <set>
#include <utility>

#include "process/core_dump_state.h"
#include "process/live_process.h"
#include "process/stack_folding.h"
#include "tools/core_print.h"
#include "tools/debug_file_places.h"
#include "tools/process_addresses.h"

namespace symline::tools {

CoreRun::CoreRun(const CoreOptions& options, Diagnostics& diagnostics, StandardOutput& output)
    : options_(options),
      diagnostics_(diagnostics),
      output_(output),
      fetches_(options.fetch, diagnostics) {
    debug_files_ = open_debug_files(options_.places, fetches_);
    detailer_.emplace(options_.shown, false, options_.places.sysroot, debug_files_);
}

bool CoreRun::run() {
    return options_.pid ? run_process() : run_core();
}

bool CoreRun::run_core() {
    const CoreDumpOptions wanted{.program = options_.program, .sysroot = options_.places.sysroot};
    const auto core = CoreDump::open(options_.core, wanted);
    if (!core) {
        diagnostics_.say("'" + options_.core + "': " + core.error().message);
        return false;
    }
    const auto& state = core->state();
    report_.core = options_.core;
    report_.problems = state.problems;
    set_up_symbolizer(core->process());
    return show({.view = {.memory = state.image,
                          .format = state.image.format(),
                          .machine = state.image.machine(),
                          .segments = state.image.segments(),
                          .mappings = core->mappings()},
                 .process = core->process(),
                 .threads = state.notes.threads,
                 .names = {}});
}

bool CoreRun::run_process() {
    const auto live = process::capture_process(*options_.pid);
    if (!live) {
        diagnostics_.say("process " + std::to_string(*options_.pid) + ": " + live.error().message);
        return false;
    }
    report_.problems = live->problems;
    std::vector<process::CoreThread> threads;
    std::vector<std::string> names;
    for (const auto& each : live->threads) {
        threads.push_back(each.thread);
        names.push_back(each.name);
    }
    set_up_symbolizer(live->process);
    return show({.view = {.memory = *live->memory,
                          .format = live->format.format,
                          .machine = live->format.machine,
                          .segments = live->segments,
                          .mappings = live->files.mappings},
                 .process = live->process,
                 .threads = threads,
                 .names = names});
}

void CoreRun::set_up_symbolizer(const CoreProcess& process) {
    const ProcessChoice choice{.core = options_.core,
                               .pid = options_.pid,
                               .program = options_.program,
                               .sysroot = options_.places.sysroot};
    symbolizer_ =
        std::make_unique<Symbolizer>(symbolizer_options(choice, process.program, debug_files_));
}

std::vector<process::CoreThread> CoreRun::chosen(const Subject& subject) const {
    std::vector<process::CoreThread> threads = subject.threads;
    if (options_.crashing_only && threads.size() > 1) threads.resize(1);
    if (options_.tid) {
        std::erase_if(threads, [&](const auto& each) { return each.tid != *options_.tid; });
    }
    return threads;
}

bool CoreRun::show(const Subject& subject) {
    describe(subject.process, subject.view.format.size);
    const auto threads = chosen(subject);
    if (threads.empty() && options_.tid) {
        diagnostics_.say("there is no thread " + std::to_string(*options_.tid));
        return false;
    }
    std::optional<int> crashing;
    if (subject.process.signal != 0) crashing = subject.threads.front().tid;
    process::ProcessStacks process(subject.view, *symbolizer_);
    auto stacks = process.unwind(threads, crashing);
    for (auto& stack : stacks) {
        for (std::size_t i = 0; i < subject.names.size(); ++i) {
            if (subject.threads[i].tid == stack.tid) stack.name = subject.names[i];
        }
        if (stack.name.empty() && stack.tid == subject.process.pid) {
            stack.name = subject.process.name;
        }
    }
    fetch_debug_files(stacks, subject.view.mappings);
    add_threads(stacks, subject.view.mappings);
    print();
    return true;
}

void CoreRun::describe(const CoreProcess& process, unsigned word_size) {
    report_.pid = process.pid;
    report_.signal = process.signal;
    report_.code = process.code;
    report_.fault_address = process.fault_address;
    report_.sender = process.sender;
    report_.program = process.program;
    if (process.build_id) report_.build_id = process.build_id->hex();
    report_.command_line = process.command_line;
    report_.address_digits = word_size * 2;
}

/// What the stacks need and this machine lacks is fetched in parallel.
void CoreRun::fetch_debug_files(const std::vector<StackTrace>& stacks,
                                const std::vector<Mapping>& mappings) {
    if (!debug_files_->may_fetch()) return;
    std::map<std::string, DebugFiles::Expectation> wanted;
    for (const auto& stack : stacks) {
        for (const auto& frame : stack.frames) {
            const Mapping* mapping = mapping_at(mappings, frame.pc.address);
            if (mapping == nullptr || !mapping->build_id) continue;
            wanted.try_emplace(mapping->build_id->hex(),
                               DebugFiles::Expectation{*mapping->build_id, {}, {}});
        }
    }
    std::vector<DebugFiles::Expectation> files;
    files.reserve(wanted.size());
    for (auto& each : wanted) files.push_back(std::move(each.second));
    debug_files_->fetch_together(files);
}

void CoreRun::add_threads(const std::vector<StackTrace>& stacks,
                          const std::vector<Mapping>& mappings) {
    // JSON has every thread by itself, and so has a listing with registers.
    if (options_.json || options_.registers) {
        for (const auto& each : stacks) report_.threads.push_back(thread_report(each, mappings));
        return;
    }
    for (const auto& group : process::fold_stacks(stacks)) {
        auto thread = thread_report(stacks[group.front()], mappings);
        thread.tids.clear();
        for (const std::size_t index : group) {
            thread.tids.push_back(stacks[index].tid);
            if (stacks[index].name != thread.name) thread.name.clear();
        }
        report_.threads.push_back(std::move(thread));
    }
}

output::CoreThreadReport CoreRun::thread_report(const StackTrace& stack,
                                                const std::vector<Mapping>& mappings) {
    output::CoreThreadReport thread;
    thread.tids = {stack.tid};
    thread.name = stack.name;
    thread.crashing = stack.crashing;
    thread.stopped = stack.stopped;
    thread.frames.reserve(stack.frames.size());
    for (const auto& frame : stack.frames) {
        thread.frames.push_back(frame_at(frame, mappings));
        thread.frames.back().unwound_by = frame.unwound_by;
    }
    if (options_.registers) thread.registers = stack.registers;
    return thread;
}

const output::CoreFrame& CoreRun::frame_at(const StackFrame& frame,
                                           const std::vector<Mapping>& mappings) {
    const auto [known, is_new] = places_.try_emplace(frame.pc);
    output::CoreFrame& place = known->second;
    if (!is_new) return place;
    auto found = symbolizer_->resolve(mappings, frame.pc.lookup_address());
    place.pc = frame.pc.address.value;
    place.frames = std::move(found.lookup.frames);
    if (found.lookup.miss) {
        place.miss = found.reason.empty() ? symline::describe(*found.lookup.miss) : found.reason;
    }
    if (found.mapping == nullptr) return place;
    if (found.module != nullptr && detailer_->wanted()) {
        const PlaceOrigin origin{.module = *found.module, .tree = {}, .release = {}};
        for (const Frame& each : place.frames) {
            place.source.push_back(detailer_->details(each, origin).source);
        }
    }
    place.module = found.mapping->path;
    place.offset = place.pc - found.mapping->module_begin.value;
    if (found.module != nullptr && !symbolizer_->build_id_compared(*found.mapping)) {
        note("'" + found.mapping->path + "': there is no build id to tell whether '" +
             found.module->path() + "' is the file that was mapped");
    }
    if (found.mapping->build_id) place.build_id = found.mapping->build_id->hex();
    return place;
}

void CoreRun::note(std::string text) {
    auto& notes = report_.problems;
    if (std::ranges::find(notes, text) == notes.end()) notes.push_back(std::move(text));
}

void CoreRun::print() {
    print_core(report_, options_.json, output::Paths::full, output_);
}

}  // namespace symline::tools
