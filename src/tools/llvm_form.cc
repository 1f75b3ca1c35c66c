#include "tools/llvm_form.h"

#include <algorithm>

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

/// Those of a file, a section or a thread's variable are no places in the file.
bool is_place(const Symbol& symbol) {
    return symbol.section && symbol.type != SymbolType::section &&
           symbol.type != SymbolType::file && symbol.type != SymbolType::tls;
}

/// Bits 56 to 63 are those of bit 55 in an address without a tag.
std::uint64_t untagged(std::uint64_t address) {
    constexpr int kTagBits = 8;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(address << kTagBits) >> kTagBits);
}

}  // namespace

void LlvmSymbols::read(const Module& module) {
    const auto symbols = module.symbols().all();
    if (!symbols) return;
    for (const Symbol& symbol : *symbols) {
        if (symbol.type == SymbolType::file) files_.push_back(symbol);
        const std::uint64_t address = untagged(symbol.address.value);
        if (!symbol.section || address == symbol.address.value) continue;
        tagged_.push_back(symbol);
        tagged_.back().address.value = address;
        tagged_.back().value = untagged(symbol.value);
    }
}

std::string_view LlvmSymbols::file_of(const Module& module, const Symbol& symbol) {
    std::call_once(read_, [&] { read(module); });
    const auto after = std::ranges::upper_bound(files_, symbol.index, {}, &Symbol::index);
    return after == files_.begin() ? std::string_view() : std::prev(after)->name;
}

std::optional<Symbol> LlvmSymbols::tagged_at(const Module& module, FileAddress address) {
    std::call_once(read_, [&] { read(module); });
    for (const Symbol& symbol : tagged_) {
        if (address.value - symbol.address.value < symbol.size) return symbol;
    }
    return std::nullopt;
}

void add_symbol_file(const Module& module, FileAddress address, const Addr2lineOptions& options,
                     LlvmSymbols& symbols, Lookup& lookup) {
    const bool wanted =
        options.form == Form::llvm && options.names.functions == output::Functions::linkage;
    if (!wanted || lookup.frames.empty() || !lookup.frames.back().location.file.empty()) return;
    const auto symbol = module.symbols().at(address);
    if (symbol && *symbol && (*symbol)->binding == SymbolBinding::local) {
        lookup.frames.back().location.file = symbols.file_of(module, **symbol);
    }
}

void shape_for_llvm(const Module& module, FileAddress address, const Addr2lineOptions& options,
                    Lookup& lookup) {
    if (options.form != Form::llvm) return;
    take_symbol_name(module, address, options, lookup);
    if (one_frame_for_all(options)) merge_frames(lookup.frames, options);
    show_section_offsets(module, lookup.frames);
}

bool one_frame_for_all(const Addr2lineOptions& options) {
    return !options.inlines && options.style != OutputStyle::gnu;
}

void merge_frames(std::vector<Frame>& frames, const Addr2lineOptions& options) {
    if (frames.size() < 2 || options.names.functions != output::Functions::linkage) return;
    const Frame& outermost = frames.back();
    if (outermost.name_source == NameSource::gsym) return;
    Frame& innermost = frames.front();
    innermost.name = outermost.name;
    innermost.linkage_name = outermost.linkage_name;
    innermost.name_source = outermost.name_source;
    innermost.start = outermost.start;
    frames.resize(1);
}

Expected<std::vector<FileAddress>> addresses_named(const Module& module, const Input& input) {
    const auto symbols = module.symbols().named(input.name);
    if (!symbols) return std::unexpected(symbols.error());
    std::vector<FileAddress> addresses;
    for (const Symbol& symbol : *symbols) {
        if (is_place(symbol)) addresses.push_back(FileAddress{symbol.address.value + input.offset});
    }
    std::ranges::sort(addresses, {}, &FileAddress::value);
    const auto repeated = std::ranges::unique(addresses);
    addresses.erase(repeated.begin(), repeated.end());
    return addresses;
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
    if (outermost.name_source != NameSource::dwarf) return;
    const auto symbol = module.symbols().at(address);
    if (!symbol || !*symbol) return;
    if (is_renamed(module, **symbol, outermost)) outermost.linkage_name = (*symbol)->name;
    outermost.start = (*symbol)->address;
}

}  // namespace symline::tools
