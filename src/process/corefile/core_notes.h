// What the notes of a core file say: threads, signal, program, auxiliary vector, mapped files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "process/corefile/core_image.h"
#include "process/registers/extended_registers.h"
#include "process/registers/registers.h"
#include "symline/process.h"

namespace symline::process {

struct CoreThread {
    int tid = 0;
    int signal = 0;  ///< pr_cursig
    std::optional<Registers> registers{};
    std::string name{};     ///< empty: not known; cores do not hold it
    std::string missing{};  ///< why there are no registers; of a living process
    std::optional<UnstoppedThread> unstopped{};
    std::vector<RegisterSet> register_sets{};  ///< of a core: beside NT_PRSTATUS, as it has them
    std::vector<ExtendedRegister> extended_registers{};  ///< of a living process
};

/// One entry of NT_FILE.
struct FileRange {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint64_t offset = 0;  ///< in bytes
    std::string path;
};

/// The entries of the auxiliary vector that say where things are; 0: not there.
struct AuxiliaryVector {
    std::uint64_t program_headers = 0;       ///< AT_PHDR
    std::uint64_t program_header_count = 0;  ///< AT_PHNUM
    std::uint64_t interpreter = 0;           ///< AT_BASE
    std::uint64_t entry = 0;                 ///< AT_ENTRY
    std::uint64_t vdso = 0;                  ///< AT_SYSINFO_EHDR
    std::uint64_t program_name = 0;          ///< AT_EXECFN
};

struct CoreNotes {
    ProcessFacts facts;
    std::vector<CoreThread> threads;
    unsigned register_size = 0;  ///< see MachineFacts; 0: not known
    std::vector<FileRange> files;
    bool has_files = false;  ///< there was an NT_FILE
    AuxiliaryVector auxiliary;
    std::optional<std::uint32_t> user;  ///< pr_uid
    base::Bytes xsave_layout;           ///< NT_X86_XSAVE_LAYOUT; may be empty
    std::vector<std::string> problems;
};

CoreNotes read_core_notes(const CoreImage& image);

/// `words` is an auxiliary vector as the kernel lays it out; up to AT_NULL.
std::vector<AuxiliaryValue> read_auxiliary_values(base::Bytes words, WordFormat format);
AuxiliaryVector places_of(const std::vector<AuxiliaryValue>& values);

}  // namespace symline::process
