#include "symbolize/symbol_tables.h"

#include <algorithm>
#include <utility>

namespace symline::symbolize {

Expected<const elf::SymbolTable*> SymbolTables::table() {
    if (!table_) {
        table_ = elf::SymbolTable::of(files_->code());
        const bool full = table_->has_value() && (*table_)->full();
        const elf::ElfFile* separate = full ? nullptr : files_->separate();
        if (separate != nullptr) {
            auto other = elf::SymbolTable::of(*separate, files_->code());
            if (other && other->full()) table_ = std::move(other);
        }
    }
    if (!table_->has_value()) return std::unexpected(table_->error());
    return &**table_;
}

/// Null where the symbol table is a whole one, or the file has no MiniDebugInfo.
const elf::SymbolTable* SymbolTables::mini() {
    if (!std::exchange(looked_for_mini_, true)) {
        const auto main = table();
        if (!main || !(*main)->full()) mini_ = MiniDebugInfo::of(files_->code());
    }
    return mini_ == nullptr ? nullptr : &mini_->symbols();
}

/// The symbol table first: MiniDebugInfo has what .dynsym lacks.
std::optional<SymbolTables::Named> SymbolTables::find_at(FileAddress address) {
    const auto main = table();
    if (auto symbol = main ? (*main)->at(address) : std::nullopt) return Named{*symbol};
    const auto* other = mini();
    auto symbol = other == nullptr ? std::nullopt : other->at(address);
    return symbol ? std::optional(Named{*symbol, NameSource::minidebuginfo}) : std::nullopt;
}

bool SymbolTables::in_descriptors(FileAddress address) const {
    const elf::ElfFile& file = files_->code();
    if (!elf::FunctionDescriptors::may_be_in(file)) return false;
    const Section* section = file.section_at(address);
    return section != nullptr && elf::FunctionDescriptors::is_table(*section);
}

/// An address in a descriptor, such as a pointer to a function holds, stands for the function. GNU
/// addr2line (2.40) and elfutils (0.188) name it, too, and no line.
std::optional<SymbolTables::Named> SymbolTables::find_or_follow(FileAddress address) {
    if (!in_descriptors(address)) return find_at(address);
    if (!descriptors_) descriptors_ = elf::FunctionDescriptors::of(files_->code());
    return find_at(descriptors_->code_at(address).value_or(address));
}

const elf::PltStub* SymbolTables::stub(FileAddress address) {
    const elf::ElfFile& file = files_->code();
    const Section* section = file.section_at(address);
    if (section == nullptr || !elf::PltStubs::is_plt(*section)) return nullptr;
    if (!plt_stubs_) plt_stubs_ = elf::PltStubs::of(file);
    return plt_stubs_->at(address);
}

bool SymbolTables::empty() {
    const auto main = table();
    return (!main || (*main)->empty()) && mini() == nullptr;
}

bool SymbolTables::any() {
    const std::scoped_lock lock(asking_);
    return !empty();
}

Expected<std::vector<Symbol>> SymbolTables::symbols() {
    const std::scoped_lock lock(asking_);
    const auto main = table();
    if (!main) return std::unexpected(main.error());
    std::vector<Symbol> all;
    const auto add = [&all](const elf::SymbolTable& from) {
        for (std::uint32_t i = 0; i < from.size(); ++i) all.push_back(from.symbol(i));
    };
    all.reserve((*main)->size());
    add(**main);
    if (const auto* other = mini()) add(*other);
    return all;
}

Expected<std::vector<Symbol>> SymbolTables::symbols_named(std::string_view name) {
    const std::scoped_lock lock(asking_);
    const auto main = table();
    const auto* other = mini();
    if (!main && other == nullptr) return std::unexpected(main.error());
    auto found = main ? (*main)->named(name) : std::vector<Symbol>{};
    if (found.empty() && other != nullptr) found = other->named(name);
    return found;
}

std::vector<Symbol> SymbolTables::symbols_cut_to(std::string_view name) {
    const std::scoped_lock lock(asking_);
    const auto main = table();
    return main ? (*main)->cut_to(name) : std::vector<Symbol>{};
}

Expected<std::optional<Symbol>> SymbolTables::symbol_at(FileAddress address) {
    const std::scoped_lock lock(asking_);
    const auto found = find_at(address);
    if (found) return found->symbol;
    if (const auto main = table(); !main) return std::unexpected(main.error());
    return std::nullopt;
}

Expected<std::uint64_t> SymbolTables::kallsyms_size(const Symbol& symbol) {
    const std::scoped_lock lock(asking_);
    const auto main = table();
    if (!main) return std::unexpected(main.error());
    if (!(*main)->has_section_of(symbol)) {
        return std::unexpected(Error{ErrorCode::no_such_section, files_->code().path(),
                                     "no section " + std::to_string(*symbol.section)});
    }
    return (*main)->kallsyms_size(symbol);
}

std::string_view SymbolTables::holding(std::uint64_t address) {
    const std::scoped_lock lock(asking_);
    const auto found = find_at(FileAddress{address});
    return found ? found->symbol.name : std::string_view{};
}

dwarf::Label SymbolTables::label(std::uint64_t address) {
    const std::scoped_lock lock(asking_);
    const auto main = table();
    const auto symbol = main ? (*main)->label(FileAddress{address}) : std::nullopt;
    return symbol ? dwarf::Label{symbol->name, symbol->address.value} : dwarf::Label{};
}

Lookup SymbolTables::lookup(FileAddress address) {
    const std::scoped_lock lock(asking_);
    Lookup answer;
    if (const elf::PltStub* found = stub(address)) {
        Frame& frame = answer.frames.emplace_back();
        frame.name = found->name;
        frame.name_source = NameSource::symbol_table;
        frame.start = FileAddress{found->low};
    } else if (const auto named = find_or_follow(address)) {
        Frame& frame = answer.frames.emplace_back();
        frame.name = named->symbol.name;
        frame.name_source = named->source;
        frame.start = named->symbol.address;
    } else if (empty()) {
        answer.miss = files_->debug() == nullptr ? Miss::no_debug_info : Miss::no_symbols;
    } else {
        answer.miss = Miss::not_covered;
    }
    return answer;
}

std::uint64_t SymbolTables::unchanged_until(FileAddress address) {
    const std::scoped_lock lock(asking_);
    const Section* section = files_->code().section_at(address);
    const bool stubs = section != nullptr && elf::PltStubs::is_plt(*section);
    if (stubs || in_descriptors(address) || mini() != nullptr) return address.value + 1;
    const auto main = table();
    return main ? (*main)->unchanged_until(address) : UINT64_MAX;
}

/// Code that has no function around it is an assembler's; the label is what the kernel's own traces
/// print (entry_SYSCALL_64_after_hwframe).
void SymbolTables::add_label(Frame& frame, std::uint64_t address) {
    const std::scoped_lock lock(asking_);
    const auto main = table();
    const auto label = main ? (*main)->label(FileAddress{address}) : std::nullopt;
    if (!label) return;
    frame.name = label->name;
    frame.start = label->address;
    frame.name_source = NameSource::symbol_table;
}

std::vector<std::uint64_t> SymbolTables::boundaries() {
    const std::scoped_lock lock(asking_);
    std::vector<std::uint64_t> found;
    if (const auto main = table()) (*main)->add_boundaries(found);
    if (const auto* other = mini()) other->add_boundaries(found);
    std::ranges::sort(found);
    const auto repeated = std::ranges::unique(found);
    found.erase(repeated.begin(), repeated.end());
    return found;
}

}  // namespace symline::symbolize
