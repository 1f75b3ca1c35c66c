#include "tools/core_kernel_run.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "tools/core_print.h"
#include "tools/debug_file_places.h"
#include "tools/decode_hint.h"
#include "tools/decode_run.h"

namespace symline::tools {
namespace {

/// A file in memory, for what reads and writes descriptors.
class MemoryFile {
public:
    MemoryFile() : descriptor_(::memfd_create("symline", MFD_CLOEXEC)) {}
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    ~MemoryFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    int descriptor() const { return descriptor_; }
    bool write(std::string_view text) const {
        while (descriptor_ >= 0 && !text.empty()) {
            const auto done = ::write(descriptor_, text.data(), text.size());
            if (done <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(done));
        }
        return descriptor_ >= 0;
    }
    std::string read() const {
        const auto size = ::lseek(descriptor_, 0, SEEK_END);
        std::string text(size > 0 ? static_cast<std::size_t>(size) : 0, '\0');
        const auto done = ::pread(descriptor_, text.data(), text.size(), 0);
        text.resize(done > 0 ? static_cast<std::size_t>(done) : 0);
        return text;
    }

private:
    int descriptor_;
};

/// "sysrq triggered crash" of "Kernel panic - not syncing: sysrq triggered crash".
std::string panic_message(std::string_view log) {
    constexpr std::string_view words = "] Kernel panic - not syncing: ";
    const auto at = log.rfind(words);
    if (at == std::string_view::npos) return {};
    log.remove_prefix(at + words.size());
    return std::string(log.substr(0, log.find('\n')));
}

bool same_places(const vmcore::KernelThread& a, const vmcore::KernelThread& b) {
    return a.stack.stopped == b.stack.stopped &&
           std::ranges::equal(a.stack.frames, b.stack.frames, {}, &vmcore::KernelFrame::pc,
                              &vmcore::KernelFrame::pc);
}

UnwoundBy way(vmcore::KernelUnwind unwound_by) {
    switch (unwound_by) {
        case vmcore::KernelUnwind::registers: return UnwoundBy::registers;
        case vmcore::KernelUnwind::orc: return UnwoundBy::orc;
        case vmcore::KernelUnwind::frame_pointer: return UnwoundBy::frame_pointer;
        case vmcore::KernelUnwind::return_address: return UnwoundBy::return_address;
    }
    return UnwoundBy::orc;
}

}  // namespace

CoreKernelRun::CoreKernelRun(const CoreOptions& options, Diagnostics& diagnostics,
                             StandardOutput& output)
    : options_(options),
      diagnostics_(diagnostics),
      output_(output),
      fetches_(options.fetch, diagnostics) {}

bool CoreKernelRun::run() {
    auto dump = vmcore::KernelDump::open(options_.core);
    if (!dump) {
        diagnostics_.say("'" + options_.core + "': " + dump.error().message);
        return false;
    }
    dump_ = std::move(*dump);
    if (options_.raw_log) return print_raw_log();
    describe();
    add_stacks();
    if (options_.tid && report_.threads.empty()) {
        diagnostics_.say("there is no task " + std::to_string(*options_.tid));
        return false;
    }
    take_log();
    tell();
    print();
    return true;
}

bool CoreKernelRun::print_raw_log() {
    for (const auto& each : dump_->problems()) diagnostics_.say(each);
    const auto log = dump_->log();
    if (!log) {
        diagnostics_.say("'" + options_.core + "': " + log.error().message);
        return false;
    }
    output_.buffer() += *log;
    return true;
}

void CoreKernelRun::describe() {
    const vmcore::Vmcoreinfo& info = dump_->vmcoreinfo();
    report_.core = options_.core;
    report_.release = info.release();
    report_.kernel_offset = info.kernel_offset();
    if (const auto id = info.build_id()) report_.build_id = id->hex();
    report_.problems = dump_->problems();
    kernel::KernelOptions wanted;
    wanted.vmlinux = options_.program;
    wanted.release = info.release();
    wanted.build_id = info.build_id();
    wanted.debug_files = open_debug_files(options_.places, fetches_);
    detailer_.emplace(options_.shown, false, options_.places.sysroot, wanted.debug_files);
    wanted.folders.sysroot = wanted.debug_files->options().sysroot;
    wanted.folders.debug_directories = wanted.debug_files->options().debug_directories;
    wanted.folders.module_directories = options_.modules;
    kernel_ = std::make_unique<kernel::Kernel>(std::move(wanted));
}

void CoreKernelRun::add_stacks() {
    auto stacks = vmcore::KernelStacks::open(*dump_, *kernel_);
    if (!stacks) {
        report_.problems.push_back("stacks: " + stacks.error().message);
        add_registers_only();
        return;
    }
    stacks_ = std::move(*stacks);
    kernel::KernelFile* vmlinux = kernel_->vmlinux();
    report_.vmlinux =
        vmlinux->module.path() + " (" + std::string(symline::describe(vmlinux->found_by)) + ")";
    auto threads = stacks_->cpus();
    const bool only_crashing = options_.crashing_only && !threads.empty();
    if (only_crashing) threads.resize(1);
    if ((options_.tasks || options_.tid) && !only_crashing) {
        for (auto& each : stacks_->tasks()) threads.push_back(std::move(each));
    }
    if (options_.tid) {
        std::erase_if(threads, [&](const auto& each) { return each.pid != *options_.tid; });
    }
    fetch_debug_files(threads);
    add(threads);
    const auto& problems = stacks_->problems();
    report_.problems.insert(report_.problems.end(), problems.begin(), problems.end());
}

/// Without a vmlinux there is still where each CPU was.
void CoreKernelRun::add_registers_only() {
    for (const vmcore::DumpedCpu& cpu : dump_->cpus()) {
        output::CoreThreadReport thread;
        thread.cpu = static_cast<int>(cpu.number);
        thread.frames.emplace_back().pc = cpu.registers.ip;
        thread.frames.back().miss = "no vmlinux";
        report_.threads.push_back(std::move(thread));
    }
}

/// What the stacks need and this machine lacks is fetched in parallel.
void CoreKernelRun::fetch_debug_files(const std::vector<vmcore::KernelThread>& threads) {
    std::set<std::string_view> seen;
    std::vector<kernel::ModuleName> wanted;
    for (const auto& thread : threads) {
        for (const auto& each : thread.stack.frames) {
            const auto* module = stacks_->module_at(each.pc);
            if (module == nullptr || !seen.insert(module->name).second) continue;
            wanted.push_back(
                {module->name, module->build_id ? module->build_id->hex() : std::string()});
        }
    }
    kernel_->expect(wanted);
}

/// JSON has every task by itself; the text has those at the same place as one.
void CoreKernelRun::add(const std::vector<vmcore::KernelThread>& threads) {
    std::vector<const vmcore::KernelThread*> shown;
    const std::size_t first = report_.threads.size();
    for (const auto& thread : threads) {
        const auto same = [&](const vmcore::KernelThread* each) {
            return !each->cpu && !thread.cpu && same_places(*each, thread);
        };
        const auto known = std::ranges::find_if(shown, same);
        if (options_.json || known == shown.end()) {
            shown.push_back(&thread);
            report_.threads.push_back(report(thread));
            continue;
        }
        auto& group = report_.threads[first + static_cast<std::size_t>(known - shown.begin())];
        group.tids.push_back(thread.pid);
        if (group.name != thread.name) group.name.clear();
    }
}

output::CoreThreadReport CoreKernelRun::report(const vmcore::KernelThread& thread) {
    output::CoreThreadReport made;
    made.tids = {thread.pid};
    made.name = thread.name;
    made.crashing = thread.crashing;
    if (thread.cpu) made.cpu = static_cast<int>(*thread.cpu);
    made.stopped = thread.stack.stopped;
    for (const auto& each : thread.stack.frames) {
        made.frames.push_back(frame(each));
        made.frames.back().unwound_by = way(each.unwound_by);
    }
    if (options_.registers && thread.registers) {
        for (const auto& [name, value] : thread.registers->named()) {
            made.registers.push_back({name, value});
        }
    }
    return made;
}

const output::CoreFrame& CoreKernelRun::frame(const vmcore::KernelFrame& frame) {
    const auto [known, is_new] = places_.try_emplace({frame.pc, frame.exact});
    output::CoreFrame& place = known->second;
    if (!is_new) return place;
    place.pc = frame.pc;
    if (frame.user) {
        place.miss = "in user space";
        return place;
    }
    auto found = stacks_->locate(frame.pc, frame.exact);
    place.module = *names_.emplace_back(std::make_unique<std::string>(std::move(found.module)));
    place.offset = found.offset;
    if (found.build_id) place.build_id = found.build_id->hex();
    place.frames = std::move(found.lookup.frames);
    place.miss = std::move(found.miss);
    if (found.file == nullptr || !detailer_->wanted()) return place;
    const PlaceOrigin origin{.module = *found.file, .tree = {}, .release = report_.release};
    for (const Frame& each : place.frames) {
        place.source.push_back(detailer_->details(each, origin).source);
    }
    return place;
}

void CoreKernelRun::take_log() {
    auto log = dump_->log();
    if (!log) {
        report_.problems.push_back("log: " + log.error().message);
        return;
    }
    report_.panic = panic_message(*log);
    if (!options_.crashing_only && !options_.tid) report_.log = decoded_log(*log);
}

/// As `symline decode` prints it, with the files of this dump's kernel.
std::string CoreKernelRun::decoded_log(const std::string& log) {
    const MemoryFile in;
    const MemoryFile out;
    if (kernel_->vmlinux() == nullptr || !in.write(log) || out.descriptor() < 0 ||
        ::lseek(in.descriptor(), 0, SEEK_SET) != 0) {
        return log;
    }
    DecodeOptions wanted;
    wanted.files = {"/proc/self/fd/" + std::to_string(in.descriptor())};
    wanted.vmlinux = kernel_->vmlinux()->module.path();
    wanted.release = dump_->vmcoreinfo().release();
    wanted.modules = options_.modules;
    wanted.debug_directories = options_.places.debug_directories;
    wanted.sysroot = options_.places.sysroot;
    wanted.fetch = options_.fetch;
    wanted.index = options_.places.index;
    wanted.debug_files = options_.places.debug_files;
    wanted.packages = options_.places.packages;
    wanted.kaslr_offset = report_.kernel_offset;
    StandardOutput decoded(out.descriptor());
    if (!Decode(wanted, diagnostics_, decoded).run()) return log;
    return out.read();
}

void CoreKernelRun::tell() {
    for (const auto& each : kernel_->take_notices()) diagnostics_.say_once(each);
    const auto hint = missing_files_hint(*kernel_, options_.places.sysroot);
    if (!hint.empty()) diagnostics_.say_once(hint);
}

void CoreKernelRun::print() {
    print_core(report_, options_.json, output::Paths::relative, output_);
}

}  // namespace symline::tools
