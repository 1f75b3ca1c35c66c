// A crash dump of a Linux kernel: what each CPU and task was doing, and the kernel's log.
//
//     auto dump = symline::KernelDump::open("vmcore");
//     const auto threads = dump->threads();
//     dump->prefetch(threads);
//     for (const symline::StackFrame& frame : threads.front().frames)  // of the CPU that panicked
//         for (const symline::Frame& each : dump->resolve(frame.pc).lookup.frames)
//             std::cout << each.name << '\n';
//
// Read are dumps of x86-64, arm64, riscv64, ppc64le and s390x kernels: ELF ones (of kdump, of
// makedumpfile, of QEMU) and kdump-compressed ones, flattened or not. Opening reads headers and
// notes; memory is read when it is asked for. Stacks take the kernel's vmlinux, which is looked for
// by build id and release. Without it, the tables that the kernel keeps of itself serve, from
// Linux 6.0 on: its symbols name functions, but no lines, and its BTF, where it has one, leads to
// tasks and modules. What is known without either are the registers, the log and the kernel's name.
//
// In a library of its own, symline::kernel_dump. A KernelDump is of one thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "symline/address.h"
#include "symline/address_space.h"
#include "symline/build_id.h"
#include "symline/error.h"
#include "symline/kernel.h"
#include "symline/kernel_task.h"
#include "symline/stack_trace.h"

namespace symline {

/// Which threads of a crashed kernel.
enum class KernelThreads {
    on_cpus,  ///< what each CPU ran
    all,      ///< and the tasks that no CPU ran
};

/// A module that the kernel had loaded, as its own list has it.
struct DumpedKernelModule {
    std::string name;
    RuntimeAddress base;     ///< of its code
    std::uint64_t size = 0;  ///< in bytes, as lsmod counts
    std::optional<BuildId> build_id;
};

class KernelDump : public AddressSpace {
public:
    /// Whether a file is a kernel's dump rather than a process's core: kdump-compressed, flattened,
    /// or an ELF core with notes that only kernels' dumps have. False when it cannot be read.
    [[nodiscard]] static bool recognizes(const std::string& path);
    /// Of `options` release, build id and slide are replaced by the dump's own, and the texts are
    /// not used. Errors: not_found, is_directory, not_a_file, unreadable, empty; not_elf (no dump
    /// at all), truncated, malformed; unsupported (another machine, one part of a split dump,
    /// a process's core).
    [[nodiscard]] static Expected<KernelDump> open(const std::string& path,
                                                   KernelOptions options = {});

    KernelDump(KernelDump&&) noexcept;
    KernelDump& operator=(KernelDump&&) noexcept;
    ~KernelDump() override;

    [[nodiscard]] const std::string& path() const;
    /// uname -r; empty when the dump does not say.
    [[nodiscard]] std::string_view release() const;
    [[nodiscard]] std::optional<BuildId> build_id() const;
    /// How far the kernel was moved when it was loaded: as its VMCOREINFO has it, failing that by
    /// its symbols.
    [[nodiscard]] std::optional<LoadBias> slide();
    /// Of "Kernel panic - not syncing: sysrq triggered crash" the last words; empty without a
    /// panic.
    [[nodiscard]] std::string panic_message();
    /// As dmesg prints it, undecoded; valid as long as the KernelDump. Errors: not_found
    /// (VMCOREINFO names no log), unreadable, malformed.
    [[nodiscard]] Expected<std::string_view> log();

    /// The kernel that crashed: its files, whatever of them is there, its slide, and the modules
    /// that were loaded, which are read with its vmlinux.
    [[nodiscard]] Kernel& kernel();
    /// What lines are read from; null when it is not there, or the dump lacks what that takes.
    [[nodiscard]] const Module* vmlinux();
    /// Why the file of KernelOptions::vmlinux is not used: errors of Module::open, mismatch
    /// (another build id), unsupported (no kernel). Nothing where it is, or none was given.
    [[nodiscard]] std::optional<Error> vmlinux_error();
    /// The stacks, that of the CPU that panicked first; where none did, `crashing_only` means the
    /// first CPU's. Threads that are asked for by tid are looked for among all. Without vmlinux()
    /// and tables of the kernel's own there are the CPUs' registers, whatever is asked for: with
    /// one frame each, and -1 for a tid.
    [[nodiscard]] std::vector<StackTrace> threads(KernelThreads which = KernelThreads::on_cpus,
                                                  const StackOptions& options = {});
    /// Every task, and the idle tasks that CPUs ran, by pid; none where problems() says why.
    [[nodiscard]] const std::vector<KernelTask>& tasks();
    /// The newest first; none where problems() says why.
    [[nodiscard]] std::vector<DumpedKernelModule> modules();
    [[nodiscard]] ResolvedAddress resolve(CodeAddress address,
                                          Detail detail = Detail::frames) override;
    /// How the crashed kernel itself would name a place of which there is no file (no vmlinux, or
    /// none of the module): by symbols in the dump. resolve() answers by them too, without lines.
    [[nodiscard]] std::optional<KernelSymbol> symbol_at(CodeAddress address);
    void prefetch(std::span<const StackTrace> stacks) override;

    /// What is damaged or missing, as far as it was met: a line each.
    [[nodiscard]] std::vector<std::string> problems() const;

private:
    struct State;
    explicit KernelDump(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace symline
