// What a Module has read so far: files, symbol tables, DWARF.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dwarf/dwarf_file.h"
#include "elf/elf_file.h"
#include "elf/plt.h"
#include "elf/symbol_table.h"
#include "gsym/gsym_reader.h"
#include "symbolize/answer_cache.h"
#include "symbolize/mini_debug_info.h"
#include "symbolize/split_files.h"
#include "symline/module.h"

namespace symline {

/// When to look how much of the files is in memory.
struct PageCount {
    std::uint64_t lookups = 0;
    std::uint64_t loaded = 0;  ///< bytes of units, when it was last looked
    std::uint64_t others = 0;  ///< bytes of files that are not ours to give back
};

/// Everything that is read late keeps its result here, failures included.
struct Module::State : dwarf::SymbolNames, dwarf::CompanionFiles {
    State(elf::ElfFile opened, ModuleOptions wanted);
    /// Answers may take this part of the memory for what was read.
    static constexpr std::size_t kShareOfAnswers = 8;

    ~State() override;

    /// Where debug files are looked for: made when the options bring none.
    DebugFiles& files() { return files_of(options); }
    static DebugFiles& files_of(ModuleOptions& options);
    void find_debug_file();
    const elf::ElfFile* debug_file();
    dwarf::DwarfFile* dwarf();
    Expected<const elf::SymbolTable*> symbols();
    const elf::SymbolTable* mini_symbols();
    std::optional<Symbol> symbol_at(FileAddress address, NameSource* source = nullptr);
    Expected<std::vector<Symbol>> symbols_named(std::string_view name);
    std::string_view holding(std::uint64_t address) override;
    std::string_view label(std::uint64_t address) override;
    Expected<const elf::ElfFile*> supplementary(const elf::ElfFile& of) override;
    const elf::PltStub* stub(FileAddress address);
    std::vector<const elf::ElfFile*> packages() override;
    Expected<void> split(const dwarf::SplitName& name, const Offer& offer) override;
    symbolize::SplitFiles& splits();
    Lookup from_symbols(FileAddress address);
    /// From `address` up to here, in its section, from_symbols() gives the same.
    std::uint64_t symbols_until(FileAddress address);
    void add_label(Frame& frame, std::uint64_t address);
    IndexUse index_use() const;
    std::string index_directory() const;
    gsym::GsymReader* index();
    bool from_index(FileAddress address, Lookup& answer);
    bool look_up_sorted(std::span<const FileAddress> addresses, const Module::TakeLookup& take);
    /// An answer, and up to where debug information gives the same frames, or none; 0: not known.
    struct Answer {
        Lookup lookup;
        std::uint64_t until = 0;
    };
    Expected<Answer> look_up(dwarf::DwarfFile* in, FileAddress address, Detail detail,
                             dwarf::Hint hint = {});
    void trim_pages(const dwarf::DwarfFile* reader, PageCount& count) const;

    elf::ElfFile file;
    ModuleOptions options;
    bool looked_for_debug_file = false;
    std::optional<elf::ElfFile> separate;
    std::string debug_path;
    FoundBy found_by = FoundBy::nothing;
    std::vector<Error> refused;
    std::optional<elf::ElfFile> supplementary_file;
    std::optional<symbolize::SplitFiles> split_files;
    std::vector<TriedPlace> tried;
    std::unique_ptr<dwarf::DwarfFile> dwarf_file;
    std::optional<Expected<elf::SymbolTable>> symbol_table;
    std::optional<elf::PltStubs> plt_stubs;
    bool looked_for_mini_debug_info = false;
    std::unique_ptr<symbolize::MiniDebugInfo> mini_debug_info;
    bool looked_for_index = false;
    std::optional<base::MappedFile> index_file;
    std::optional<gsym::GsymReader> index_reader;
    std::string index_path, index_problem;
    Lookup indexed;                      ///< the last answer, whose memory the next one takes
    const Section* last_code = nullptr;  ///< where the last address asked of the index was
    /// Guards what several threads of a batch may ask for: symbols, stubs, companion files.
    std::recursive_mutex asking;
    PageCount pages;
    symbolize::AnswerCache answers;
    std::unique_ptr<symbolize::Batch> batch;  ///< the readers of the last one
    bool in_order_only = false;               ///< batches are of no use: see Module::lookup_each
};

}  // namespace symline
