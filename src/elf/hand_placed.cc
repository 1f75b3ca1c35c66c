#include "elf/hand_placed.h"

#include <llvm/BinaryFormat/ELF.h>

#include <algorithm>
#include <string_view>

#include "elf/symbol_entries.h"

namespace symline::elf {
namespace {

namespace ELF = llvm::ELF;

/// Where DWARF has the addresses of units and functions.
constexpr std::string_view kWithAddresses[] = {".debug_info", ".debug_addr", ".debug_aranges",
                                               ".debug_ranges", ".debug_rnglists"};
/// A compiler's first address comes after a few names; a file whose first thousands of relocations
/// have none is not a test.
constexpr std::size_t kMaxEntries = 4096;

bool has_addresses(const ElfFile& file, const Section& relocations) {
    const auto target = file.header(relocations).info;
    return target < file.sections().size() &&
           std::ranges::find(kWithAddresses, file.sections()[target].name) !=
               std::end(kWithAddresses);
}

/// Nothing was found among all entries.
bool none_refers_to(const ElfFile& file, base::Bytes entries, std::size_t stride,
                    const SymbolEntries& symbols, std::uint32_t section) {
    const std::size_t count = entries.size() / stride;
    if (count > kMaxEntries) return false;
    for (std::size_t i = 0; i < count; ++i) {
        const auto* info = entries.data() + i * stride + file.address_size();
        const std::uint64_t symbol = file.is64()
                                         ? base::load<std::uint64_t>(info, file.big_endian()) >> 32
                                         : base::load<std::uint32_t>(info, file.big_endian()) >> 8;
        if (symbol >= symbols.size()) return false;
        const auto index = static_cast<std::uint32_t>(symbol);
        if (symbols.section_of(symbols.entry(index), index) == section) return false;
    }
    return true;
}

}  // namespace

bool is_hand_placed(const ElfFile& file, const Section& code) {
    // MIPS' little-endian files have another form of relocations.
    if (file.debug_section(".debug_info") == nullptr || file.machine() == ELF::EM_MIPS) {
        return false;
    }
    const Section* table = SymbolEntries::table_of(file);
    const auto symbols =
        table == nullptr ? Expected<SymbolEntries>(file) : SymbolEntries::of(file, *table);
    if (!symbols) return false;
    for (const Section& section : file.sections()) {
        const bool rela = section.type == ELF::SHT_RELA;
        if ((!rela && section.type != ELF::SHT_REL) || !has_addresses(file, section)) continue;
        const auto entries = file.contents(section);
        const std::size_t stride = std::size_t{file.address_size()} * (rela ? 3 : 2);
        if (!entries || !none_refers_to(file, *entries, stride, *symbols, code.index)) return false;
    }
    return true;
}

}  // namespace symline::elf
