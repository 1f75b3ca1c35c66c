#include "tools/core_kernel_run.h"

#include <sys/mman.h>
#include <unistd.h>

#include <utility>

#include "decode/package_hint.h"
#include "kernel/kernel_access.h"
#include "symline/module.h"
#include "tools/core_print.h"
#include "tools/debug_file_places.h"
#include "tools/decode_run.h"
#include "tools/place_details.h"
#include "tools/stack_report.h"

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

output::CoreReport report_of(KernelDump& dump) {
    output::CoreReport report;
    report.core = dump.path();
    report.release = dump.release();
    if (const auto slide = dump.slide()) report.kernel_offset = slide->value;
    if (const auto id = dump.build_id()) report.build_id = id->hex();
    report.panic = dump.panic_message();
    if (const Module* vmlinux = dump.vmlinux()) {
        const auto found_by = dump.kernel().found_by(*vmlinux);
        report.vmlinux = vmlinux->path();
        if (found_by) ((report.vmlinux += " (") += describe(*found_by)) += ')';
    }
    return report;
}

}  // namespace

CoreKernelRun::CoreKernelRun(const CoreOptions& options, Diagnostics& diagnostics,
                             StandardOutput& output)
    : options_(options),
      diagnostics_(diagnostics),
      output_(output),
      fetches_(options.fetch, diagnostics),
      debug_files_(open_debug_files(options_.places, fetches_)) {}

bool CoreKernelRun::run() {
    auto dump = KernelDump::open(options_.core, {.vmlinux = options_.program,
                                                 .module_directories = options_.modules,
                                                 .debug_files = debug_files_});
    if (!dump) return fail(dump.error());
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
    const auto stacks = this->stacks(dump);
    if (stacks.empty() && options_.tid) {
        diagnostics_.say("there is no task " + std::to_string(*options_.tid));
        return false;
    }
    dump.prefetch(stacks);
    PlaceDetailer detailer(options_.shown, false, options_.places.sysroot, debug_files_);
    // JSON has every task by itself.
    StackReport shown(
        dump, detailer,
        {.folding = options_.json ? StackReport::Folding::apart : StackReport::Folding::together,
         .registers = options_.registers,
         .release = report.release});
    report.threads = shown.threads(stacks);
    report.problems = dump.problems();
    add_log(report, dump);
    say_notices(dump);
    print_core(report, options_.json, output::Paths::relative, output_);
    return true;
}

std::vector<StackTrace> CoreKernelRun::stacks(KernelDump& dump) const {
    StackOptions wanted{.crashing_only = options_.crashing_only};
    if (options_.tid) wanted.tids = {*options_.tid};
    return dump.threads(options_.tasks ? KernelThreads::all : KernelThreads::on_cpus, wanted);
}

void CoreKernelRun::add_log(output::CoreReport& report, KernelDump& dump) {
    const auto log = dump.log();
    if (!log) {
        report.problems.push_back("log: " + log.error().message);
    } else if (!options_.crashing_only && !options_.tid) {
        report.log = decoded_log(*log, dump);
    }
}

/// As `symline decode` prints it, with the files of this dump's kernel.
std::string CoreKernelRun::decoded_log(std::string_view log, KernelDump& dump) {
    const MemoryFile in;
    const MemoryFile out;
    const Module* vmlinux = dump.kernel().vmlinux();
    if (vmlinux == nullptr || !in.write(log) || out.descriptor() < 0 ||
        ::lseek(in.descriptor(), 0, SEEK_SET) != 0) {
        return std::string(log);
    }
    DecodeOptions wanted;
    wanted.files = {"/proc/self/fd/" + std::to_string(in.descriptor())};
    wanted.decoder.vmlinux = vmlinux->path();
    wanted.decoder.release = dump.release();
    wanted.decoder.module_directories = options_.modules;
    wanted.decoder.slide = dump.slide();
    wanted.places = options_.places;
    wanted.fetch = options_.fetch;
    StandardOutput decoded(out.descriptor());
    if (!Decode(wanted, diagnostics_, decoded).run()) return std::string(log);
    return out.read();
}

void CoreKernelRun::say_notices(KernelDump& dump) {
    for (const auto& each : dump.kernel().notices()) diagnostics_.say_once(each);
    const auto hint =
        decode::missing_files_hint(kernel::KernelAccess::of(dump.kernel()), options_.places.sysroot);
    if (!hint.empty()) diagnostics_.say_once(hint);
}

bool CoreKernelRun::fail(const Error& error) {
    diagnostics_.say("'" + options_.core + "': " + error.message);
    return false;
}

}  // namespace symline::tools
