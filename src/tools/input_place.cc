#include "tools/input_place.h"

#include <string_view>
#include <vector>

namespace symline::tools {
namespace {

const Section* default_section(const Module& module) {
    const Section* text = module.sections().named(".text");
    if (text && text->size != 0) return text;
    for (const Section& section : module.sections().all()) {
        if (section.allocated() && section.executable() && section.size != 0) return &section;
    }
    return nullptr;
}

/// Nothing for an offset at or beyond the section's end: it would lie in another section.
std::optional<FileAddress> inside(const Module& module, const Section* section,
                                  std::uint64_t offset) {
    if (!section || offset >= section->size) return std::nullopt;
    const auto address = module.sections().address_of(*section, offset);
    if (!address) return std::nullopt;
    return *address;
}

InputPlace place_of_number(const Module& module, std::uint64_t number,
                           const InputPlaceRules& rules) {
    InputPlace place{.shown = number, .address = std::nullopt, .by_number = true};
    const auto value = number - rules.adjust;
    if (numbers_are_addresses(module, rules)) {
        place.address = FileAddress{value};
        return place;
    }
    const Section* section = rules.section ? rules.section : default_section(module);
    // Without any code, addresses are what debug information made by hand says.
    place.address = section ? inside(module, section, value) : std::optional(FileAddress{value});
    return place;
}

/// A symbol that is a place comes before one that is a bare number, a file name or undefined.
const Symbol* preferred(const std::vector<Symbol>& symbols) {
    for (const Symbol& symbol : symbols) {
        if (symbol.section) return &symbol;
    }
    return nullptr;
}

std::optional<InputPlace> place_in_section(const Module& module, const Input& input) {
    const Section* section = module.sections().named(input.name);
    if (!section) return std::nullopt;
    return InputPlace{.shown = input.offset, .address = inside(module, section, input.offset)};
}

/// Every name of the table is demangled, which takes a while in a large one.
Expected<std::vector<Symbol>> symbols_demangled_to(const Module& module, std::string_view name,
                                                   const output::NameStyle& style) {
    auto symbols = module.symbols().all();
    if (!symbols) return symbols;
    std::erase_if(*symbols, [&](const Symbol& symbol) {
        return !symbol.section || output::shown_name(symbol.name, style) != name;
    });
    return symbols;
}

Expected<std::optional<InputPlace>> place_of_symbol(const Module& module, const Input& input,
                                                    const InputPlaceRules& rules) {
    auto symbols = module.symbols().named(input.name);
    if (symbols && symbols->empty() && rules.names) {
        symbols = symbols_demangled_to(module, input.name, *rules.names);
    }
    if (!symbols) return std::unexpected(symbols.error());
    const Symbol* symbol = preferred(*symbols);
    if (!symbol) return std::nullopt;
    const bool in_section = module.elf().type() == FileType::relocatable;
    return InputPlace{.shown = (in_section ? symbol->value : symbol->address.value) + input.offset,
                      .address = FileAddress{symbol->address.value + input.offset}};
}

/// Section names begin with a dot, symbols almost never do: try first what is likely, the search
/// for a symbol reads the whole table.
Expected<std::optional<InputPlace>> place_of_name(const Module& module, const Input& input,
                                                  const InputPlaceRules& rules) {
    const bool section_first = input.name.starts_with('.');
    if (section_first) {
        if (auto place = place_in_section(module, input)) return place;
    }
    auto place = place_of_symbol(module, input, rules);
    if (!place || *place || section_first) return place;
    return place_in_section(module, input);
}

}  // namespace

bool numbers_are_addresses(const Module& module, const InputPlaceRules& rules) {
    return rules.section == nullptr && module.elf().type() != FileType::relocatable;
}

Expected<InputPlace> find_place(const Module& module, const Input& input,
                                const InputPlaceRules& rules) {
    if (input.name.empty()) return InputPlace{};
    if (!input.surely_number) {
        const auto place = place_of_name(module, input, rules);
        if (!place) return std::unexpected(place.error());
        if (*place) return **place;
    }
    // "f+0x10" without a symbol f is no number, though it begins with a hexadecimal digit.
    if (!input.number || (input.has_offset && !input.surely_number)) return InputPlace{};
    if (rules.whole_numbers && !input.whole_number) return InputPlace{};
    return place_of_number(module, *input.number, rules);
}

}  // namespace symline::tools
