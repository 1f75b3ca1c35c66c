// A module: one ELF file, the debug file that belongs to it, and everything read from them so far.
//
// Opening reads the headers only. Sections, units, functions, line programs and symbols are read
// when a lookup first needs them, and failures to read them are remembered beside the values. A
// Module owns the mapped files; every view in the frames, symbols and sections that it returns
// lives as long as the Module itself. A Module may be moved, but not while it is used.
//
// Threads may share a const Module: all of its functions may be called at the same time. A thread
// that has many lookups to make takes a reader() for them, and lookup_many() starts threads itself.
//
//     const auto module = symline::Module::open("vmlinux");
//     if (!module) return report(module.error());
//     if (const auto found = module->lookup(symline::FileAddress{0xffffffff81000040})) {
//         for (const symline::Frame& frame : found->frames) {
//             std::cout << frame.name << " at " << frame.location.file << ':'
//                       << frame.location.line << '\n';
//         }
//     }
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "symline/address.h"
#include "symline/build_id.h"
#include "symline/debug_files.h"
#include "symline/error.h"
#include "symline/frame.h"
#include "symline/module_elf.h"
#include "symline/module_files.h"
#include "symline/module_index.h"
#include "symline/module_reader.h"
#include "symline/module_sections.h"
#include "symline/module_symbols.h"

namespace symline {

// NOLINTBEGIN(readability-redundant-member-init): without {} g++'s -Wextra wants every member
// named.

struct ModuleOptions {
    /// Where debug files are looked for; shared by the modules of a run, so that each question is
    /// asked once. Null: in `debug_directories` alone.
    std::shared_ptr<DebugFiles> debug_files{};
    /// Where build-id trees and debug-link trees begin (`gdb`'s debug-file-directory), when
    /// `debug_files` is null.
    std::vector<std::string> debug_directories{"/usr/lib/debug"};
    /// Look for a separate debug file when the file itself has no DWARF.
    bool find_debug_file = true;
    /// A package of split units (.dwp) to ask before those beside the file; empty: none.
    std::string split_package{};
    /// What may be kept in memory of the debug information that was read, in bytes, roughly: beyond
    /// it, the units that have not been asked for the longest are evicted, and read again when they
    /// are asked for. Each ModuleReader may keep half of it besides. Of the mapped file, as
    /// much may stay in memory. What an index of the whole file takes, and what answers already
    /// given refer to, comes on top.
    std::size_t cache_size = std::size_t{64} * 1024 * 1024;
};

// NOLINTEND(readability-redundant-member-init)

/// One of the answers of Module::lookup_many.
struct Answer {
    unsigned worker = 0;    ///< which of the threads found it, below `jobs`
    std::size_t index = 0;  ///< which of the addresses it is for
    /// Valid during the call; what its views point to lives as long as the Module.
    const Expected<Lookup>& lookup;
    /// The lookup is the one of the call before for this worker: many addresses of one line have
    /// the same.
    bool same_as_previous = false;
};
using AnswerSink = std::function<void(const Answer&)>;

class Module {
public:
    /// Opens `path`: an ELF file, also in a .xz, .zst or .gz file; of a kernel image (vmlinuz,
    /// bzImage) the vmlinux that is found for it. Errors: not_found, is_directory, not_a_file,
    /// unreadable, empty, not_elf, archive, truncated, malformed, unsupported, no_index,
    /// unusable_index.
    [[nodiscard]] static Expected<Module> open(std::string path, ModuleOptions options = {});

    Module(Module&&) noexcept;
    Module& operator=(Module&&) noexcept;
    ~Module();

    [[nodiscard]] const std::string& path() const;
    [[nodiscard]] std::optional<BuildId> build_id() const;

    // What else there is to know of it, by subject.
    [[nodiscard]] ModuleElf elf() const;
    [[nodiscard]] ModuleSections sections() const;
    [[nodiscard]] ModuleSymbols symbols() const;
    [[nodiscard]] ModuleFiles files() const;
    [[nodiscard]] ModuleIndex index() const;

    /// The chain of frames at an instruction's address, innermost first. Calls of several threads
    /// that overlap are answered at the same time. Errors: debug information too damaged to read at
    /// this address.
    [[nodiscard]] Expected<Lookup> lookup(FileAddress address,
                                          Detail detail = Detail::frames) const;
    /// The same for an address that may be a return address: then at the call before it.
    [[nodiscard]] Expected<Lookup> lookup(FileAddress address, CodeKind kind,
                                          Detail detail = Detail::frames) const {
        return lookup(lookup_address(address, kind), detail);
    }
    /// A reader for one thread: lookups in it wait for no other thread.
    [[nodiscard]] ModuleReader reader() const;

    /// lookup() of many addresses, on up to `jobs` threads (the caller's is one of them), in the
    /// order that is fastest. `sink` is called once for each address, in any order, and by several
    /// threads at the same time, but never for one worker. It may use the Module. With an empty one
    /// nothing is looked up.
    /// Of a return address, give its lookup_address().
    ///
    /// An answer is handed out once it stands. In a damaged file, or one whose debug information is
    /// in several files (.dwo), it may depend on what was asked before. So answers are held back,
    /// up to kMaxHeldAnswers, until all of these were found without meeting such a place; then they
    /// are handed out, and stay as they are. Where one is met, what is held back is dropped, and it
    /// and all that is left are answered as by lookup(), one after the other in the order given. Of
    /// no more than kMaxHeldAnswers addresses, all answers are therefore those of lookup() in that
    /// order; of more, those handed out before the first damage are answers in which it had no
    /// part. What an index decides is handed out at once: it has answers of undamaged debug
    /// information alone.
    void lookup_many(std::span<const FileAddress> addresses, Detail detail, unsigned jobs,
                     const AnswerSink& sink) const;
    static constexpr std::size_t kMaxHeldAnswers = 16384;
    /// The same, with all answers in memory.
    [[nodiscard]] std::vector<Expected<Lookup>> lookup_all(std::span<const FileAddress> addresses,
                                                           Detail detail = Detail::frames,
                                                           unsigned jobs = 1) const;

    /// The first damage met in the debug information so far, in words, or which supplementary file
    /// (.gnu_debugaltlink) or split file (.dwo) was needed and not found, or that a GSYM file does
    /// not say whether it is of this file; empty when there was none of these. Answers are still
    /// given from what could be read.
    [[nodiscard]] std::string_view damage() const;

protected:
    struct Parts;  ///< the library's own

private:
    explicit Module(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace symline
