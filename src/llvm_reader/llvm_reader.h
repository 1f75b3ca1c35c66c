// A second reader of debug information: LLVM's. It knows formats that the library does not read
// (Mach-O, PE and PDB, XCOFF, Wasm), and its answers for ELF files can be compared with the
// library's. Crashes of it end a child process alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "llvm_reader/messages.h"
#include "llvm_reader/reader_process.h"
#include "symline/owned_lookup.h"

namespace symline::llvm_reader {

class LlvmReader {
public:
    /// `program` is the path of the child's program. Errors: those of the file, not_elf where LLVM
    /// knows no such format; where the child cannot be started, `file` names its program.
    static Expected<LlvmReader> open(const std::string& program, const OpenRequest& request);

    const Opened& opened() const { return opened_; }

    // No frames where nothing is known of the address. Error: see ReaderProcess::ask(); the reader
    // answers nothing more then.
    /// `section`: in a relocatable file, the index of the section that `address` counts in.
    Expected<OwnedLookup> code(std::uint64_t address, std::optional<std::uint64_t> section = {});
    Expected<OwnedLookup> symbol(const std::string& name, std::uint64_t offset);
    /// No name where nothing is known of the address.
    Expected<Datum> data(std::uint64_t address);
    Expected<std::vector<Variable>> variables(std::uint64_t address);

private:
    LlvmReader(ReaderProcess process, Opened opened)
        : process_(std::move(process)), opened_(std::move(opened)) {}

    Answer ask(const Request& request);

    ReaderProcess process_;
    Opened opened_;
};

/// Frames as the library has them: what was inlined comes first.
OwnedLookup lookup_of(const std::vector<Place>& places);

}  // namespace symline::llvm_reader
