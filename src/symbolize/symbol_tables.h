// The symbols of one module: its symbol table, MiniDebugInfo, and the stubs of its PLT.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "dwarf/dwarf_file.h"
#include "elf/function_descriptors.h"
#include "elf/plt.h"
#include "elf/symbol_table.h"
#include "symbolize/file_set.h"
#include "symbolize/mini_debug_info.h"

namespace symline::symbolize {

/// Any thread may ask. The tables arrange themselves as they are asked, so one thread at a time
/// does.
class SymbolTables : public dwarf::SymbolNames {
public:
    /// `files` must outlive the result.
    explicit SymbolTables(FileSet& files) : files_(&files) {}

    /// See ModuleSymbols.
    Expected<std::vector<Symbol>> symbols();
    Expected<std::vector<Symbol>> symbols_named(std::string_view name);
    /// The functions whose names a kernel may print as `name`, which is none of the table's.
    std::vector<Symbol> symbols_cut_to(std::string_view name);
    Expected<std::optional<Symbol>> symbol_at(FileAddress address);
    Expected<std::uint64_t> kallsyms_size(const Symbol& symbol);

    std::string_view holding(std::uint64_t address) override;
    dwarf::Label label(std::uint64_t address) override;

    /// The answer to an address that debug information does not cover.
    Lookup lookup(FileAddress address);
    /// From `address` up to here, in its section, lookup() gives the same.
    std::uint64_t unchanged_until(FileAddress address);
    /// Names the outermost frame at `address`, which has no name, by the label in front of it.
    void add_label(Frame& frame, std::uint64_t address);

    /// False when there is no symbol at all.
    bool any();
    /// Every address at which a symbol's answer may change, in order.
    std::vector<std::uint64_t> boundaries();

private:
    struct Named {
        Symbol symbol;
        NameSource source = NameSource::symbol_table;
    };

    // Called only while asking_ is held.
    Expected<const elf::SymbolTable*> table();
    const elf::SymbolTable* mini();
    std::optional<Named> find_at(FileAddress address);
    const elf::PltStub* stub(FileAddress address);
    bool in_descriptors(FileAddress address) const;
    std::optional<Named> find_or_follow(FileAddress address);
    bool empty();

    FileSet* files_;
    std::mutex asking_;
    std::optional<Expected<elf::SymbolTable>> table_;
    std::optional<elf::PltStubs> plt_stubs_;
    std::optional<elf::FunctionDescriptors> descriptors_;
    bool looked_for_mini_ = false;
    std::unique_ptr<MiniDebugInfo> mini_;
};

}  // namespace symline::symbolize
