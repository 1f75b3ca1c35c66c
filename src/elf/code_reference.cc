#include "elf/code_reference.h"

#include <llvm/BinaryFormat/ELF.h>

#include <algorithm>

#include "elf/function_descriptors.h"

namespace symline::elf {
namespace {

namespace ELF = llvm::ELF;

/// Elf32_Rela and Elf64_Rela.
struct Entry {
    std::uint64_t offset = 0;
    std::uint32_t symbol = 0;
    std::int64_t addend = 0;
};

Entry read_entry(const ElfFile& file, const std::uint8_t* at) {
    const bool big = file.big_endian();
    if (file.is64()) {
        return {base::load<std::uint64_t>(at, big),
                static_cast<std::uint32_t>(base::load<std::uint64_t>(at + 8, big) >> 32),
                static_cast<std::int64_t>(base::load<std::uint64_t>(at + 16, big))};
    }
    return {base::load<std::uint32_t>(at, big), base::load<std::uint32_t>(at + 4, big) >> 8,
            static_cast<std::int32_t>(base::load<std::uint32_t>(at + 8, big))};
}

const Section* relocations_of(const ElfFile& file, const Section& target) {
    for (const Section& section : file.sections()) {
        const bool own = file.header(section).info == target.index;
        if (own && section.type == ELF::SHT_RELA) return &section;
    }
    return nullptr;
}

/// The first entry for `offset`, by a scan: the table of one code section is short.
std::optional<Entry> entry_at(const ElfFile& file, base::Bytes table, std::uint64_t offset) {
    const std::size_t stride = file.is64() ? 24 : 12;
    for (std::size_t at = 0; at + stride <= table.size(); at += stride) {
        const Entry entry = read_entry(file, table.data() + at);
        if (entry.offset == offset) return entry;
    }
    return std::nullopt;
}

}  // namespace

std::optional<CodeReference> code_reference(const ElfFile& file, const SymbolTable& symbols,
                                            FileAddress address, std::int64_t distance) {
    if (!file.relocatable()) return std::nullopt;
    const Section* section = file.section_at(address);
    const Section* table = section == nullptr ? nullptr : relocations_of(file, *section);
    const auto entries =
        table == nullptr ? base::Bytes{} : file.contents(*table).value_or(base::Bytes{});
    const auto entry =
        entry_at(file, entries, section == nullptr ? 0 : address.value - section->address.value);
    if (!entry) return std::nullopt;
    if (entry->symbol >= symbols.size()) return CodeReference{};
    const Symbol symbol = symbols.symbol(entry->symbol);
    // Addresses wrap modulo 2^64, as in the processor.
    const auto added =
        static_cast<std::uint64_t>(entry->addend) + static_cast<std::uint64_t>(distance);
    const FileAddress target{symbol.address.value + added};
    // A call names the descriptor of what is called; the linker leads it to the code.
    const bool descriptors = file.machine() == ELF::EM_PPC64;
    if (symbol.section)
        return CodeReference{descriptors ? described_code(file, target) : target, {}};
    if (added != 0) return CodeReference{};
    return CodeReference{std::nullopt, symbol.name};
}

}  // namespace symline::elf
