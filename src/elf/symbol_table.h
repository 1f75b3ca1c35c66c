// The symbol table of one file: .symtab, or .dynsym where there is no .symtab.
//
// It consists of its entries (symbol_entries.h) and of indexes that are made when they are first
// needed: by name (symbol_name_index.h), by address (symbol_address_index.h), and of sizes as the
// kernel counts them (kallsyms_sizes.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "elf/elf_file.h"
#include "elf/kallsyms_sizes.h"
#include "elf/symbol_address_index.h"
#include "elf/symbol_entries.h"
#include "elf/symbol_name_index.h"
#include "symline/symbol.h"

namespace symline::elf {

class SymbolTable {
public:
    /// Finds the table; reads no entry. An absent table is an empty one. `file` must outlive it.
    static Expected<SymbolTable> of(const ElfFile& file) { return of(file, file); }
    /// The same of a debug file whose code, and what else is loaded, is in the file `code`.
    static Expected<SymbolTable> of(const ElfFile& file, const ElfFile& code);

    /// True when the file has neither .symtab nor .dynsym.
    bool empty() const { return size() == 0; }
    /// True when the entries are those of .symtab, and it is whole. Others (.dynsym, and what
    /// take_as_partial() was called for) lack most functions: in them only a symbol with a size
    /// says which addresses are its own.
    bool full() const { return extent_ == Extent::full; }
    /// The file's .symtab is a part of what was there (MiniDebugInfo).
    void take_as_partial() { extent_ = Extent::partial; }
    std::uint32_t size() const { return entries_->size(); }

    /// The entry at `index` (< size()).
    Symbol symbol(std::uint32_t index) const { return entries_->symbol(index); }
    /// See ModuleSymbols::named.
    std::vector<Symbol> named(std::string_view name) const { return names_.find(name); }
    /// See SymbolNameIndex::find_cut.
    std::vector<Symbol> cut_to(std::string_view name) const { return names_.find_cut(name); }
    /// See ModuleSymbols::at.
    std::optional<Symbol> at(FileAddress address) const;
    /// The last symbol at or before an address in its section, of any size: a label inside of a
    /// function, where at() gives the function. One at the function's start does not hide it.
    std::optional<Symbol> label(FileAddress address) const;
    /// From `address` up to here, in its section, at() gives the same answer.
    std::uint64_t unchanged_until(FileAddress address) const;
    /// Appends every address at which at() or label() may change its answer.
    void add_boundaries(std::vector<std::uint64_t>& found) const;
    /// False for a symbol of another file, in a section that this one does not have.
    bool has_section_of(const Symbol& symbol) const;
    /// See ModuleSymbols::kallsyms_size. Only where has_section_of().
    std::uint64_t kallsyms_size(const Symbol& symbol) const;

private:
    enum class Extent { partial, full };

    SymbolTable(const SymbolEntries& entries, Extent extent)
        : entries_(std::make_unique<SymbolEntries>(entries)), extent_(extent) {}
    std::optional<Symbol> find_at(std::uint64_t address) const;
    SymbolAddressIndex& index_at(std::uint64_t address) const;
    SymbolAddressIndex& whole_index() const;

    std::unique_ptr<const SymbolEntries> entries_;  ///< stays in place when the table is moved
    Extent extent_;
    mutable SymbolNameIndex names_{*entries_};
    mutable KallsymsSizes kallsyms_sizes_{*entries_};
    mutable std::optional<SymbolAddressIndex> code_;  ///< of what is in executable sections
    mutable std::optional<SymbolAddressIndex> all_;
    /// The last question of at() and its answer: a caller that got none elsewhere asks again.
    mutable std::optional<std::uint64_t> last_address_;
    mutable std::optional<Symbol> last_symbol_;
};

}  // namespace symline::elf
