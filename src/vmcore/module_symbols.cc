#include "vmcore/module_symbols.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace symline::vmcore {
namespace {

constexpr std::size_t kMaxNameSize = 512;  // KSYM_NAME_LEN
/// struct elf64_sym: name, info, other, section, value, size.
constexpr std::size_t kSymbolSize = 24, kSectionAt = 6, kValueAt = 8;

}  // namespace

std::vector<ModuleSymbol> read_module_symbols(KernelView& kernel, std::uint64_t module,
                                              ModuleSymbolBudget& budget) {
    std::vector<ModuleSymbol> symbols;
    const KernelBytes& memory = kernel.memory();
    const auto table = kernel.number(module, "module", "kallsyms");  // since Linux 4.5
    if (!table) return symbols;
    const auto first = kernel.number(*table, "mod_kallsyms", "symtab");
    const auto count = kernel.number(*table, "mod_kallsyms", "num_symtab");
    const auto names = kernel.number(*table, "mod_kallsyms", "strtab");
    if (!first || !count || !names) return symbols;
    const bool big = memory.big_endian();
    // The first one of an ELF file is empty.
    for (std::uint64_t i = 1; i < *count && budget.symbols > 0 && budget.name_bytes > 0; ++i) {
        --budget.symbols;
        std::array<std::uint8_t, kSymbolSize> bytes{};
        if (!memory.read(*first + i * kSymbolSize, bytes)) break;
        const auto value = base::load<std::uint64_t>(bytes.data() + kValueAt, big);
        if (base::load<std::uint16_t>(bytes.data() + kSectionAt, big) == 0 || value == 0) continue;
        const auto offset = base::load<std::uint32_t>(bytes.data(), big);
        auto name = memory.string(*names + offset, kMaxNameSize);
        budget.name_bytes -= std::min<std::uint64_t>(budget.name_bytes, name.size());
        // As is_mapping_symbol() of the kernel: they name no function.
        const bool mapping = name.starts_with('$') || name.starts_with(".L");
        if (!name.empty() && !mapping) symbols.push_back({value, std::move(name)});
    }
    std::ranges::stable_sort(symbols, {}, &ModuleSymbol::address);
    return symbols;
}

}  // namespace symline::vmcore
