// A core file: the process that crashed, as a Process.
//
//     auto core = symline::CoreDump::open("core.4711", {.program = "./server"});
//     const auto crashed = core->threads({.crashing_only = true});
//
// Opening maps the file and reads its notes; memory is read when it is asked for. Cores of the
// kernel, of gdb's gcore and of qemu-user; 32 and 64 bit, either byte order, whatever the machine.
// A truncated core opens, and problems() says what is missing.
#pragma once

#include <string>

#include "symline/process.h"

namespace symline {

class CoreDump : public Process {
public:
    /// Errors: as of Module::open, and not_elf, unsupported (an ELF file that is not a core).
    [[nodiscard]] static Expected<CoreDump> open(const std::string& path,
                                                 const ProcessOptions& options = {});

    [[nodiscard]] const std::string& path() const;

private:
    using Process::Process;
};

}  // namespace symline
