#include "elf/symbol_entries.h"

#include <llvm/BinaryFormat/ELF.h>

#include <algorithm>
#include <utility>

namespace symline::elf {
namespace {

namespace ELF = llvm::ELF;

SymbolBinding binding_of(std::uint8_t info) {
    switch (info >> 4) {
        case ELF::STB_LOCAL: return SymbolBinding::local;
        case ELF::STB_GLOBAL: return SymbolBinding::global;
        case ELF::STB_WEAK: return SymbolBinding::weak;
        case ELF::STB_GNU_UNIQUE: return SymbolBinding::unique;
        default: return SymbolBinding::other;
    }
}

SymbolType type_of(std::uint8_t info) {
    switch (info & 15) {
        case ELF::STT_NOTYPE: return SymbolType::none;
        case ELF::STT_OBJECT: return SymbolType::object;
        case ELF::STT_FUNC: return SymbolType::function;
        case ELF::STT_SECTION: return SymbolType::section;
        case ELF::STT_FILE: return SymbolType::file;
        case ELF::STT_COMMON: return SymbolType::common;
        case ELF::STT_TLS: return SymbolType::tls;
        case ELF::STT_GNU_IFUNC: return SymbolType::ifunc;
        default: return SymbolType::other;
    }
}

}  // namespace

const Section* SymbolEntries::table_of(const ElfFile& file) {
    const Section* dynamic = nullptr;
    for (const Section& section : file.sections()) {
        if (section.type == ELF::SHT_SYMTAB) return &section;
        if (section.type == ELF::SHT_DYNSYM && dynamic == nullptr) dynamic = &section;
    }
    return dynamic;
}

Expected<SymbolEntries> SymbolEntries::of(const ElfFile& file, const Section& table) {
    auto entries = file.contents(table);
    if (!entries) return std::unexpected(entries.error());
    const std::uint32_t link = file.header(table).link;
    if (link >= file.sections().size()) {
        return std::unexpected(
            Error{ErrorCode::malformed, file.path(), "the symbol table names no string table"});
    }
    auto strings = file.contents(file.sections()[link]);
    if (!strings) return std::unexpected(strings.error());
    SymbolEntries read(file);
    read.entries_ = *entries;
    read.strings_ = *strings;
    // Looking for versions in the names of a kernel, which has none, would cost a tenth of its
    // index.
    read.versioned_ = file.relocatable() || file.section(".gnu.version") != nullptr;
    read.marks_thumb_ = file.machine() == ELF::EM_ARM;
    read.count_ = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(entries->size() / (file.is64() ? kEntry64 : kEntry32), UINT32_MAX));
    for (const Section& section : file.sections()) {
        if (section.type != ELF::SHT_SYMTAB_SHNDX) continue;
        if (file.header(section).link != table.index) continue;
        if (auto extended = file.contents(section)) read.extended_ = *extended;
    }
    return read;
}

void SymbolEntries::replace(std::shared_ptr<const std::uint8_t[]> entries) {
    replaced_ = std::move(entries);
    entries_ = {replaced_.get(), std::size_t{count_} * (file_->is64() ? kEntry64 : kEntry32)};
}

SymbolEntries::Entry SymbolEntries::entry(std::uint32_t index) const {
    Entry found{};
    in_form([&](auto stride, auto big) {
        found = decode(entries_.data() + std::size_t{index} * stride(), stride, big);
    });
    return found;
}

/// Linkers before binutils 2.35 append versions in .symtab.
std::string_view SymbolEntries::plain_name(std::string_view name) const {
    const auto at = versioned_ && !name.empty() ? name.find('@', 1) : std::string_view::npos;
    return name.substr(0, at);
}

bool SymbolEntries::is_function(const Entry& entry) {
    const int type = entry.info & 15;
    return type == ELF::STT_FUNC || type == ELF::STT_GNU_IFUNC;
}

std::optional<std::uint32_t> SymbolEntries::extended_section(std::uint32_t index) const {
    const std::uint64_t at = std::uint64_t{index} * 4;
    if (at + 4 > extended_.size()) return std::nullopt;
    const auto section = base::load<std::uint32_t>(extended_.data() + at, file_->big_endian());
    if (section == ELF::SHN_UNDEF || section >= file_->sections().size()) return std::nullopt;
    return section;
}

Symbol SymbolEntries::symbol(std::uint32_t index) const {
    const Entry raw = entry(index);
    Symbol symbol{.name = name_of(raw),
                  .address = FileAddress{value_of(raw)},
                  .section = section_of(raw, index),
                  .value = raw.value,
                  .binding = binding_of(raw.info),
                  .type = type_of(raw.info),
                  .size = raw.size,
                  .index = index};
    if (file_->relocatable() && symbol.section) {
        symbol.address.value += file_->sections()[*symbol.section].address.value;
    }
    return symbol;
}

}  // namespace symline::elf
