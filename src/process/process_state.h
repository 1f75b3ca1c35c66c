// What a Process holds.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "elf/elf_file.h"
#include "process/address_words.h"
#include "process/jit/jit_code.h"
#include "process/live/process_maps.h"
#include "process/snapshot.h"
#include "symline/debug_files.h"
#include "symline/process.h"
#include "symline/symbolizer.h"

namespace symline {

struct Process::State {
    /// `core` is the path of a core file; empty for a living process.
    State(process::Snapshot taken, std::string core, const ProcessOptions& options);

    /// Why an address has no function, where it lies in no mapped file, or not in a file's code.
    std::optional<Miss> miss_of(CodeAddress address, const ResolvedAddress& answer);
    bool living() const { return core_path.empty(); }
    bool read(RuntimeAddress address, std::span<std::uint8_t> to) const;
    void doubt(const Mapping& mapping, const std::string& path);
    /// Names generated code, where its compiler has written of it.
    void name_generated(CodeAddress address, ResolvedAddress& answer);
    /// A problem is kept once.
    void add_problem(const std::string& problem);
    class Modules;
    /// The program that was named, where it is the right one; else says why not.
    std::string right_program(const std::string& named);
    std::string why_not_program(const elf::ElfFile& file) const;
    SymbolizerOptions symbolizer_options(const ProcessOptions& options);
    /// See SymbolizerOptions.
    std::vector<std::uint8_t> from_memory(const Mapping& mapping);

    process::Snapshot snapshot;
    std::string core_path;
    std::shared_ptr<DebugFiles> debug_files;
    std::vector<std::string> problems;
    /// Made when it is first asked for, of the newest snapshot.
    std::optional<process::AddressWords> words;
    std::optional<process::JitCode> jit;
    Symbolizer symbolizer;
    std::uint64_t rebuilt = 0;  ///< bytes of all files from memory
};

}  // namespace symline
