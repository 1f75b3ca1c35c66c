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
#include <cstdint>
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
#include "symline/index.h"
#include "symline/module_reader.h"
#include "symline/section.h"
#include "symline/symbol.h"

namespace symline {

enum class FileType { executable, shared, relocatable, core, other };  ///< e_type

struct ModuleOptions {
    /// Where debug files are looked for; shared by the modules of a run, so that each question is
    /// asked once. Null: in `debug_directories` alone.
    std::shared_ptr<DebugFiles> debug_files;
    /// Where build-id trees and debug-link trees begin (`gdb`'s debug-file-directory), when
    /// `debug_files` is null.
    std::vector<std::string> debug_directories{"/usr/lib/debug"};
    /// Look for a separate debug file when the file itself has no DWARF.
    bool find_debug_file = true;
    /// A package of split units (.dwp) to ask before those beside the file; empty: none.
    std::string split_package;
    /// What may be kept in memory of the debug information that was read, in bytes, roughly: beyond
    /// it, the units that have not been asked for the longest are evicted, and read again when they
    /// are asked for. Each ModuleReader may keep half of it besides. Of the mapped file, as
    /// much may stay in memory. What an index of the whole file takes, and what answers already
    /// given refer to, comes on top.
    std::size_t cache_size = std::size_t{64} * 1024 * 1024;
};

/// Where a relocation of code leads: a place in the file itself, or a symbol of another file.
struct ReferenceTarget {
    std::optional<FileAddress> address;
    std::string_view symbol;  ///< empty when `address` is there, or when neither can be told
};

/// What became of one symbol that SymbolOffset names.
enum class MatchOutcome {
    matched,           ///< `address` is the place
    size_mismatch,     ///< a size was given, and the symbol's differs
    offset_too_large,  ///< the offset lies beyond the symbol's end (offset == size is allowed)
    no_section,        ///< an absolute, common, file or undefined symbol: not a place in the file
};

/// One symbol of the asked name, judged. `size` is the kallsyms size (see Module::kallsyms_size).
struct SymbolMatch {
    Symbol symbol;
    MatchOutcome outcome = MatchOutcome::matched;
    std::uint64_t size = 0;
    FileAddress address;  ///< symbol + offset; meaningful when matched
};

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
    /// unreadable, empty, not_elf, archive, truncated, malformed, unsupported, no_index.
    [[nodiscard]] static Expected<Module> open(std::string path, ModuleOptions options = {});

    Module(Module&&) noexcept;
    Module& operator=(Module&&) noexcept;
    ~Module();

    [[nodiscard]] const std::string& path() const;
    [[nodiscard]] FileType type() const;
    /// Bytes in an address: 4 or 8.
    [[nodiscard]] unsigned address_size() const;
    [[nodiscard]] bool big_endian() const;
    [[nodiscard]] std::optional<BuildId> build_id() const;

    /// The file that holds the DWARF: `path()` itself, or the separate debug file; empty when there
    /// is none. Looks for it on the first call.
    [[nodiscard]] const std::string& debug_path() const;
    /// How debug_path() was found; FoundBy::nothing when it was not.
    [[nodiscard]] FoundBy found_by() const;
    /// Candidates for the debug file that were there and were refused, and why (another build id, a
    /// wrong CRC, not ELF); and those for supplementary and split files, as far as lookups needed
    /// them. Looks for the debug file if nothing has.
    [[nodiscard]] std::vector<Error> refused_debug_files() const;
    /// Every place where the debug file was looked for, in order. Empty where the same question was
    /// asked before in this run. Looks for the debug file if nothing has.
    [[nodiscard]] std::span<const TriedPlace> tried_places() const;
    /// The first damage met in the debug information so far, in words, or which supplementary file
    /// (.gnu_debugaltlink) or split file (.dwo) was needed and not found; empty when there was none
    /// of these. Answers are still given from what could be read.
    [[nodiscard]] std::string_view damage() const;

    /// The index that lookups are answered from; empty when none is.
    [[nodiscard]] std::string index_path() const;
    /// Why an index that is there is not used ("damaged", "made from a file of another build id");
    /// empty when there is none or it is used.
    [[nodiscard]] std::string index_problem() const;
    /// How long write_index() may take, roughly; 0 without debug information.
    [[nodiscard]] double seconds_to_index() const;
    /// Writes an index of the whole file, `<build id>.gsym`, into a folder (empty: that of
    /// DebugFileOptions), from which this module and others of the same build are answered then. It
    /// is a GSYM file (LLVM's DebugInfoGSYM) with more after it. Lookups of other threads wait
    /// meanwhile; `progress` must not make any. Errors: not_found (no debug information, no
    /// folder), malformed (damaged debug information), unsupported (no build id), unreadable (it
    /// cannot be written).
    [[nodiscard]] Expected<WrittenIndex> write_index(const std::string& directory = {},
                                                     IndexProgress progress = {}) const;

    [[nodiscard]] std::span<const Section> sections() const;
    /// The first section of that name, or null.
    [[nodiscard]] const Section* section(std::string_view name) const;
    /// The place `offset` bytes into a section. Errors: out_of_range (an offset equal to the size
    /// is allowed: a return address may stand there), malformed (a section that takes no memory).
    [[nodiscard]] Expected<FileAddress> address_of(const Section& section,
                                                   std::uint64_t offset) const;
    /// The allocated section that holds an address, and how far into it.
    [[nodiscard]] std::optional<SectionOffset> section_offset(FileAddress address) const;

    /// The address that a program or library maps the byte `offset` of its file to, by its program
    /// headers: perf names places in user programs so. Nothing where no segment holds it.
    [[nodiscard]] std::optional<FileAddress> address_of_file_offset(std::uint64_t offset) const;
    /// The address `offset` bytes into the mapping of the file's code, which begins at a page.
    [[nodiscard]] std::optional<FileAddress> address_in_code_mapping(std::uint64_t offset) const;
    /// The page that the first segment begins in: what a program is loaded at, before it is moved.
    [[nodiscard]] FileAddress load_start() const;
    /// Up to `size` bytes of what the file holds at an address; less where the section ends, none
    /// where a file of debug information alone leaves the contents out (SHT_NOBITS).
    [[nodiscard]] std::span<const std::uint8_t> contents_at(FileAddress address,
                                                            std::uint64_t size) const;
    /// All that the file holds of one of sections(), decompressed; nothing where that is damaged.
    [[nodiscard]] std::span<const std::uint8_t> contents(const Section& section) const;
    /// Where the field at an address of a relocatable file's code leads once it is loaded: its
    /// relocation's symbol and addend. `distance` is added to the addend: how far behind the field
    /// the processor counts from. Nothing without a relocation there.
    [[nodiscard]] std::optional<ReferenceTarget> reference_at(FileAddress address,
                                                              std::int64_t distance) const;
    /// e_machine of the ELF header (62 is x86-64).
    [[nodiscard]] std::uint16_t machine() const;

    /// The chain of frames at an address, innermost first. Nothing is subtracted: give a return
    /// address minus 1. Calls of several threads that overlap are answered at the same time.
    /// Errors: debug information too damaged to read at this address.
    [[nodiscard]] Expected<Lookup> lookup(FileAddress address,
                                          Detail detail = Detail::frames) const;
    /// A reader for one thread: lookups in it wait for no other thread.
    [[nodiscard]] ModuleReader reader() const;

    /// lookup() of many addresses, on up to `jobs` threads (the caller's is one of them), in the
    /// order that is fastest. `sink` is called once for each address, in any order, and by several
    /// threads at the same time, but never for one worker. It may use the Module.
    ///
    /// Answers are handed out once they stand: in a damaged file, or one whose debug information is
    /// in several files (.dwo), they may depend on what was asked before, and are then those that
    /// lookup() gives for the addresses in order.
    void lookup_many(std::span<const FileAddress> addresses, Detail detail, unsigned jobs,
                     const AnswerSink& sink) const;
    /// The same, with all answers in memory.
    [[nodiscard]] std::vector<Expected<Lookup>> lookup_all(std::span<const FileAddress> addresses,
                                                           Detail detail = Detail::frames,
                                                           unsigned jobs = 1) const;

    /// Every symbol, in symbol table order.
    [[nodiscard]] Expected<std::vector<Symbol>> symbols() const;
    /// Every symbol of exactly that name, in symbol table order, of any type. No demangling. A name
    /// without a version ("qsort") finds all versions, one with it ("qsort@@GLIBC_2.2.5") its own.
    [[nodiscard]] Expected<std::vector<Symbol>> symbols_named(std::string_view name) const;
    /// The symbol that holds an address. Among several: global before weak before local, function
    /// before other types, a name that does not begin with "__pfx_", then the name that GNU nm
    /// prints first (byte order). A symbol of size 0 that is not inside of another one reaches to
    /// the next symbol of its section.
    [[nodiscard]] Expected<std::optional<Symbol>> symbol_at(FileAddress address) const;
    /// The size that /proc/kallsyms would give: the distance to the next symbol of the same section
    /// in address order, to the section's end for the last one. Symbols at the same address, those
    /// nearer than the symbol's own st_size, and mapping symbols ('.L', 'L0', '$') are passed over.
    [[nodiscard]] Expected<std::uint64_t> kallsyms_size(const Symbol& symbol) const;

    /// Judges every symbol that `place` names, in symbol table order: the rule of
    /// scripts/faddr2line. Empty when there is no symbol of that name.
    [[nodiscard]] Expected<std::vector<SymbolMatch>> match(const SymbolOffset& place) const;

private:
    struct Parts;
    explicit Module(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace symline
