#include "tools/addr2line_module.h"

#include <algorithm>
#include <utility>

#include "tools/messages.h"

namespace symline::tools {
namespace {

/// Whether a symbol of this name is at the same place as `symbol`.
bool is_alias(const Module& module, const Symbol& symbol, std::string_view name) {
    const auto named = module.symbols().named(name);
    return named && std::ranges::find(*named, symbol.address, &Symbol::address) != named->end();
}

/// Whether the symbol of an outermost function has a name that DWARF does not have.
bool is_renamed(const Module& module, const Symbol& symbol, const Frame& outermost) {
    const std::string_view name = outermost.linkage_or_name(), full = symbol.name;
    if (full == name) return false;
    const bool has_suffix =
        full.size() > name.size() && full.starts_with(name) && full[name.size()] == '.';
    return has_suffix || (outermost.linkage_name.empty() && !is_alias(module, symbol, name));
}

}  // namespace

bool Addr2lineModule::find_section() {
    if (!options_.section) return true;
    section_ = module_.sections().named(*options_.section);
    if (section_ == nullptr) {
        failures_.fail(module_.path() + ": cannot find section " + *options_.section);
    }
    return section_ != nullptr;
}

InputPlaceRules Addr2lineModule::rules() const {
    return {.section = section_,
            .adjust = options_.adjust_vma,
            .names = options_.names.demangle ? &options_.names : nullptr,
            .whole_numbers = options_.form == Form::llvm};
}

InputPlace Addr2lineModule::place(const Input& input) {
    const auto place = find_place(module_, input, rules());
    if (place) return *place;
    failures_.fail(damage(place.error(), module_.path()));
    return {};
}

Lookup Addr2lineModule::lookup(FileAddress address) {
    auto found = module_.lookup(address, options_.detail());
    if (!found) {
        explain_failure(found.error());
        return {};
    }
    explain_damage();
    if (!is_located(*found)) explain_unknown_places();
    take_symbol_name(module_, address, options_, *found);
    show_section_offsets(module_, found->frames);
    return std::move(*found);
}

/// Null, and said, where there is no symbol table that can be read.
const DataSymbols* Addr2lineModule::data_symbols() {
    if (data_symbols_) return &*data_symbols_;
    const auto all = module_.symbols().all();
    if (all) return &data_symbols_.emplace(*all);
    failures_.fail(damage(all.error(), module_.path()));
    return nullptr;
}

Addr2lineModule::DataPlace Addr2lineModule::data_place(const InputPlace& place) {
    const DataSymbols* const symbols = data_symbols();
    DataPlace found{.symbol = {}, .address = place.address};
    if (symbols == nullptr) return found;
    if (place.by_number && section_ == nullptr && !numbers_are_addresses(module_, rules())) {
        const std::uint64_t offset = place.shown - options_.adjust_vma;
        found.symbol = symbols->at_offset(offset);
        if (!found.symbol) return {};
        found.address = FileAddress{found.symbol->address.value + offset - found.symbol->value};
    } else if (place.address) {
        const auto symbol = module_.symbols().at(*place.address);
        if (symbol && *symbol) found.symbol = symbols->among_aliases(**symbol);
    }
    return found;
}

void Addr2lineModule::explain_damage() {
    tools::explain_damage(module_, failures_.diagnostics());
}

void Addr2lineModule::explain_failure(const Error& error) {
    failures_.fail(damage(error, module_.path()));
}

void Addr2lineModule::explain_unknown_places() {
    if (!std::exchange(explained_, true)) explain_unknown(module_, failures_.diagnostics());
}

bool is_located(const Lookup& lookup) {
    return !lookup.frames.empty() && !lookup.frames.front().location.file.empty();
}

void show_section_offsets(const Module& module, std::vector<Frame>& frames) {
    if (module.elf().type() != FileType::relocatable) return;
    for (Frame& frame : frames) {
        if (!frame.start) continue;
        const auto place = module.sections().offset_of(*frame.start);
        if (place) frame.start = FileAddress{place->offset};
    }
}

void take_symbol_name(const Module& module, FileAddress address, const Addr2lineOptions& options,
                      Lookup& lookup) {
    const bool shown =
        options.form == Form::llvm && options.names.functions == output::Functions::linkage;
    if (!shown || lookup.frames.empty()) return;
    Frame& outermost = lookup.frames.back();
    // LLVM does not ask the symbol table beside a GSYM file.
    if (outermost.name_source != NameSource::dwarf) return;
    const auto symbol = module.symbols().at(address);
    if (!symbol || !*symbol) return;
    if (is_renamed(module, **symbol, outermost)) outermost.linkage_name = (*symbol)->name;
    if (options.inlines || options.style == OutputStyle::gnu) return;
    Frame& only = lookup.frames.front();
    only.name = outermost.name;
    only.linkage_name = outermost.linkage_name;
    only.start = (*symbol)->address;
}

}  // namespace symline::tools
