// A process, living or crashed: its threads with their stacks, its mapped files, and what its
// addresses are in source.
//
//     auto process = symline::Process::open(4711);
//     const auto threads = process->threads();  // stops the process for a moment
//     process->prefetch(*threads);
//     for (const symline::StackFrame& frame : threads->front().frames) {
//         const symline::ResolvedAddress place = process->resolve(frame.pc);
//         if (place.lookup.miss) std::cout << "??: " << describe(*place.lookup.miss) << '\n';
//         for (const symline::Frame& each : place.lookup.frames) std::cout << each.name << '\n';
//     }
//
// A crashed process is a CoreDump, which is a Process too. A Process may be moved; it must not be
// used by two threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "symline/address_space.h"
#include "symline/build_id.h"
#include "symline/error.h"
#include "symline/mapping.h"
#include "symline/missing_files.h"
#include "symline/process_module.h"
#include "symline/stack_trace.h"

namespace symline {

class DebugFiles;

struct ProcessOptions {
    /// The program's file: used where its build id is right or there is none to compare, and for
    /// its headers where a core does not hold them (a core without NT_FILE). The folder it lies in
    /// is searched for the libraries.
    std::string program{};
    /// Stands in front of the paths of mapped files.
    std::string sysroot{};
    /// Where files are looked for by build id; null: in the places of a DebugFiles of its own.
    std::shared_ptr<DebugFiles> debug_files{};
    std::string split_package{};  ///< see ModuleOptions; for the program and its libraries
};

/// One entry of the auxiliary vector, by which the kernel tells a program about itself.
struct AuxiliaryValue {
    std::uint64_t type = 0;  ///< AT_PHDR is 3
    std::uint64_t value = 0;
};
/// "AT_PHDR"; empty where the type has no name.
[[nodiscard]] std::string_view auxiliary_name(std::uint64_t type);

/// What a process is or was, as far as the system or the core says so.
struct ProcessFacts {
    int pid = 0;
    std::uint16_t machine = 0;  ///< e_machine of the program
    /// That it crashed with, by its machine's numbers: SIGBUS is 7, but 10 on MIPS. 0: none, or not
    /// known.
    int signal = 0;
    std::optional<int> code;  ///< si_code
    std::optional<std::uint64_t> fault_address;
    /// What is there: "near a null pointer"; empty where there is nothing more to say.
    std::string fault_place{};
    std::optional<int> sender;                 ///< the process that sent the signal
    std::optional<std::uint32_t> sender_user;  ///< its user id
    std::string name;                          ///< at most 15 bytes, as the kernel keeps it
    std::string command_line;                  ///< of a core at most 79 bytes
    std::string program;                       ///< the program's path
    std::optional<BuildId> build_id;           ///< the program's
    std::vector<AuxiliaryValue> auxiliary{};   ///< in the kernel's order, without AT_NULL
};

class Process : public AddressSpace {
public:
    /// A living process; it runs on. Errors: not_found (no such process), unreadable, not_elf.
    [[nodiscard]] static Expected<Process> open(int pid, const ProcessOptions& options = {});

    Process(Process&&) noexcept;
    Process& operator=(Process&&) noexcept;
    ~Process() override;

    [[nodiscard]] const ProcessFacts& facts() const;
    /// The mapped files, by address.
    [[nodiscard]] const std::vector<Mapping>& mappings() const;
    /// In the core's order, where the thread that got the signal comes first, or by number.
    [[nodiscard]] std::vector<int> thread_ids() const;

    /// The stacks, in the order of thread_ids(); empty when `options` ask for a thread that is not
    /// there. A living process is stopped while its registers and stacks are copied, and is as it
    /// was at that time from then on: mappings() and thread_ids() too. Errors, of a living process
    /// alone: as of open(), and unreadable where it may not be traced.
    [[nodiscard]] Expected<std::vector<StackTrace>> threads(const StackOptions& options = {});

    [[nodiscard]] ResolvedAddress resolve(CodeAddress address,
                                          Detail detail = Detail::frames) override;
    void prefetch(std::span<const StackTrace> stacks) override;

    /// The programs and libraries that are mapped, by address, with the files that belong to them;
    /// all are looked for.
    [[nodiscard]] std::vector<ProcessModule> modules();
    /// The debug files that the frames of these stacks need and that were not found; nothing when
    /// all were.
    [[nodiscard]] std::optional<MissingModules> missing_files(std::span<const StackTrace> stacks);

    /// Copies memory; false where not all of it can be read, or the core does not hold it.
    [[nodiscard]] bool read(RuntimeAddress address, std::span<std::uint8_t> to) const;
    /// What is damaged or missing, one line each. resolve() adds the files that it had to use
    /// without a build id to compare.
    [[nodiscard]] std::span<const std::string> problems() const;
    /// e_machine of the ELF header (62 is x86-64).
    [[nodiscard]] std::uint16_t machine() const;
    /// In bytes: 4 or 8.
    [[nodiscard]] unsigned address_size() const;

protected:
    struct State;
    explicit Process(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace symline
