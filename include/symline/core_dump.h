// A core file: the memory, threads and mapped files of a process that crashed.
//
// Opening maps the file and reads its notes; memory is read when it is asked for. Cores of the
// kernel, of gdb's gcore and of qemu-user; 32 and 64 bit, either byte order, whatever the machine.
// A truncated core opens, and problems() says what is missing. A CoreDump may be moved; const
// functions may be called by several threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "symline/error.h"
#include "symline/mapping.h"

namespace symline {

struct CoreDumpOptions {
    /// The program, where the core itself does not hold its headers (a core without NT_FILE).
    std::string program;
    /// Stands in front of the paths of libraries whose headers the core does not hold.
    std::string sysroot;
};

/// What the process was, as far as the core says so.
struct CoreProcess {
    int pid = 0;
    int signal = 0;  ///< 0: not known or none
    int code = 0;    ///< si_code
    std::optional<std::uint64_t> fault_address;
    std::optional<int> sender;        ///< the process that sent the signal
    std::string name;                 ///< at most 15 bytes, as the kernel keeps it
    std::string command_line;         ///< at most 79 bytes
    std::string program;              ///< the program's path
    std::optional<BuildId> build_id;  ///< the program's
};

class CoreDump {
public:
    /// Errors: as of Module::open, and not_elf, unsupported (an ELF file that is not a core).
    static Expected<CoreDump> open(const std::string& path, const CoreDumpOptions& options = {});

    CoreDump(CoreDump&&) noexcept;
    CoreDump& operator=(CoreDump&&) noexcept;
    ~CoreDump();

    const std::string& path() const;
    const CoreProcess& process() const;
    /// The mapped files, by address.
    const std::vector<Mapping>& mappings() const;
    /// Thread ids in the core's order; the thread that got the signal comes first.
    std::vector<int> threads() const;
    /// Copies memory; false where the core does not hold all of it.
    bool read(RuntimeAddress address, std::span<std::uint8_t> to) const;
    /// What is damaged or missing, one line each.
    std::span<const std::string> problems() const;
    /// e_machine of the ELF header (62 is x86-64).
    std::uint16_t machine() const;

    struct State;
    /// For the project's own use.
    const State& state() const { return *state_; }

private:
    explicit CoreDump(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace symline
