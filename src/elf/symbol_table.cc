#include "elf/symbol_table.h"

#include <llvm/BinaryFormat/ELF.h>

#include "elf/function_descriptors.h"

namespace symline::elf {

namespace ELF = llvm::ELF;

Expected<SymbolTable> SymbolTable::of(const ElfFile& file, const ElfFile& code) {
    const Section* table = SymbolEntries::table_of(file);
    if (table == nullptr) return SymbolTable(SymbolEntries(file), Extent::partial);
    auto entries = SymbolEntries::of(file, *table);
    if (!entries) return std::unexpected(entries.error());
    if (file.machine() == ELF::EM_PPC64) follow_function_descriptors(*entries, code);
    return SymbolTable(*entries, table->type == ELF::SHT_SYMTAB ? Extent::full : Extent::partial);
}

SymbolAddressIndex& SymbolTable::index_at(std::uint64_t address) const {
    if (!entries_->file().is_code(address)) return whole_index();
    if (!code_) code_.emplace(*entries_, SymbolAddressIndex::Content::code);
    return *code_;
}

SymbolAddressIndex& SymbolTable::whole_index() const {
    if (!all_) all_.emplace(*entries_, SymbolAddressIndex::Content::everything);
    return *all_;
}

std::optional<Symbol> SymbolTable::at(FileAddress address) const {
    if (last_address_ != address.value) {
        last_symbol_ = find_at(address.value);
        last_address_ = address.value;
    }
    return last_symbol_;
}

std::optional<Symbol> SymbolTable::find_at(std::uint64_t address) const {
    SymbolAddressIndex& index = index_at(address);
    // A label inside of a function does not hide the function: sized symbols come first.
    if (auto found = index.sized_at(address)) return found;
    // In a partial table, the code after a label may belong to a function that is left out.
    if (!full()) return std::nullopt;
    return index.label_at(address, SymbolAddressIndex::Labels::outside_of_sized);
}

std::optional<Symbol> SymbolTable::label(FileAddress address) const {
    SymbolAddressIndex& index = index_at(address.value);
    auto sized = index.sized_at(address.value);
    if (!full()) return sized;
    auto label = index.label_at(address.value, SymbolAddressIndex::Labels::any);
    // Linker scripts and sections of assembler files mark where functions begin: "_stext".
    const bool marks_start = label && sized && sized->address >= label->address;
    return label && !marks_start ? label : sized;
}

std::uint64_t SymbolTable::unchanged_until(FileAddress address) const {
    return index_at(address.value).unchanged_until(address.value);
}

void SymbolTable::add_boundaries(std::vector<std::uint64_t>& found) const {
    whole_index().add_boundaries(found);
}

bool SymbolTable::has_section_of(const Symbol& symbol) const {
    return !symbol.section || *symbol.section < entries_->file().sections().size();
}

std::uint64_t SymbolTable::kallsyms_size(const Symbol& symbol) const {
    const bool counted = full() || symbol.size == 0;
    return counted || !symbol.section ? kallsyms_sizes_.size_of(symbol) : symbol.size;
}

}  // namespace symline::elf
