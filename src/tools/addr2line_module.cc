#include "tools/addr2line_module.h"

#include <algorithm>
#include <utility>

#include "tools/messages.h"

namespace symline::tools {
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
    shape(address, *found);
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
        if (!found.symbol && options_.untag) found.symbol = tagged_at_offset(*symbols, offset);
        if (!found.symbol) return {};
        found.address = FileAddress{found.symbol->address.value + offset - found.symbol->value};
    } else if (place.address) {
        const auto symbol = symbol_at(*place.address);
        if (symbol) found.symbol = symbols->among_aliases(*symbol);
    }
    return found;
}

std::optional<DataSymbol> Addr2lineModule::tagged_at_offset(const DataSymbols& symbols,
                                                            std::uint64_t offset) {
    for (const Section& section : module_.sections().all()) {
        if (!section.allocated() || offset >= section.size) continue;
        const auto address = module_.sections().address_of(section, offset);
        const auto symbol = address ? llvm_symbols_->tagged_at(module_, *address) : std::nullopt;
        if (symbol) return symbols.among_aliases(*symbol);
    }
    return std::nullopt;
}

std::vector<FileAddress> Addr2lineModule::addresses_named(const Input& input) {
    auto found = tools::addresses_named(module_, input);
    if (found) return *std::move(found);
    failures_.fail(damage(found.error(), module_.path()));
    return {};
}

std::optional<Symbol> Addr2lineModule::symbol_at(FileAddress address) {
    const auto found = module_.symbols().at(address);
    if (found && !*found && options_.untag) return llvm_symbols_->tagged_at(module_, address);
    if (found) return *found;
    failures_.fail(damage(found.error(), module_.path()));
    return std::nullopt;
}

void Addr2lineModule::shape(FileAddress address, Lookup& lookup) const {
    if (options_.form != Form::llvm) return;
    add_symbol_file(module_, address, options_, *llvm_symbols_, lookup);
    shape_for_llvm(module_, address, options_, lookup);
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

std::expected<Request, std::string_view> parse_line(std::string_view line,
                                                    const Addr2lineOptions& options) {
    if (options.form == Form::gnu) return parse_request(line);
    return parse_llvm_request(line, options.llvm_syntax());
}

bool is_located(const Lookup& lookup) {
    return !lookup.frames.empty() && !lookup.frames.front().location.file.empty();
}

}  // namespace symline::tools
