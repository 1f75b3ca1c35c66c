#include "elf/symbol_table.h"

#include <llvm/BinaryFormat/ELF.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace symline::elf {
namespace {

namespace ELF = llvm::ELF;

std::uint32_t hash_of(std::string_view name) {
    return static_cast<std::uint32_t>(std::hash<std::string_view>{}(name));
}

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

Expected<SymbolTable> SymbolTable::of(const ElfFile& file) {
    SymbolTable table(file);
    const Section* chosen = nullptr;
    for (const Section& section : file.sections()) {
        if (section.type == ELF::SHT_SYMTAB) {
            chosen = &section;
            break;
        }
        if (section.type == ELF::SHT_DYNSYM && chosen == nullptr) chosen = &section;
    }
    if (chosen == nullptr) return table;
    if (auto read = table.read(*chosen); !read) return std::unexpected(read.error());
    return table;
}

Expected<void> SymbolTable::read(const Section& table) {
    auto entries = file_->contents(table);
    if (!entries) return std::unexpected(entries.error());
    const std::uint32_t link = file_->header(table).link;
    if (link >= file_->sections().size()) {
        return std::unexpected(
            Error{ErrorCode::malformed, file_->path(), "the symbol table names no string table"});
    }
    auto strings = file_->contents(file_->sections()[link]);
    if (!strings) return std::unexpected(strings.error());
    entries_ = *entries;
    strings_ = *strings;
    full_ = table.type == ELF::SHT_SYMTAB;
    // Looking for versions in the names of a kernel, which has none, would cost a tenth of its
    // index.
    versioned_ = file_->relocatable() || file_->section(".gnu.version") != nullptr;
    count_ = static_cast<std::uint32_t>(std::min<std::uint64_t>(
        entries_.size() / (file_->is64() ? kEntry64 : kEntry32), UINT32_MAX));
    for (const Section& section : file_->sections()) {
        if (section.type != ELF::SHT_SYMTAB_SHNDX) continue;
        if (file_->header(section).link != table.index) continue;
        if (auto extended = file_->contents(section)) extended_ = *extended;
    }
    return {};
}

SymbolTable::Entry SymbolTable::entry(std::uint32_t index) const {
    Entry found{};
    in_form([&](auto stride, auto big) {
        found = decode(entries_.data() + std::size_t{index} * stride(), stride, big);
    });
    return found;
}

/// A name without the version that linkers before binutils 2.35 append to it in .symtab.
std::string_view SymbolTable::plain_name(std::string_view name) const {
    const auto at = versioned_ && !name.empty() ? name.find('@', 1) : std::string_view::npos;
    return name.substr(0, at);
}

std::string_view SymbolTable::name_of(const Entry& entry) const {
    return plain_name(base::string_at(strings_, entry.name));
}

/// ARM marks Thumb functions by the lowest bit of st_value (ELF for the Arm Architecture, 5.5.3).
bool SymbolTable::is_thumb(const Entry& entry) const {
    const int type = entry.info & 15;
    return file_->machine() == ELF::EM_ARM && (type == ELF::STT_FUNC || type == ELF::STT_GNU_IFUNC);
}

std::optional<std::uint32_t> SymbolTable::extended_section(std::uint32_t index) const {
    const std::uint64_t at = std::uint64_t{index} * 4;
    if (at + 4 > extended_.size()) return std::nullopt;
    const auto section = base::load<std::uint32_t>(extended_.data() + at, file_->big_endian());
    if (section == ELF::SHN_UNDEF || section >= file_->sections().size()) return std::nullopt;
    return section;
}

Symbol SymbolTable::symbol(std::uint32_t index) const {
    const Entry raw = entry(index);
    Symbol symbol{.name = name_of(raw),
                  .address = FileAddress{raw.value},
                  .section = section_of(raw, index),
                  .value = raw.value,
                  .binding = binding_of(raw.info),
                  .type = type_of(raw.info),
                  .size = raw.size,
                  .index = index};
    if (is_thumb(raw)) symbol.value = symbol.address.value = raw.value & ~std::uint64_t{1};
    if (file_->relocatable() && symbol.section) {
        symbol.address.value += file_->sections()[*symbol.section].address.value;
    }
    return symbol;
}

/// Where `name` stands in the string table, as a whole string or as the end of a longer one
/// (linkers let strings share their ends).
std::vector<std::uint64_t> SymbolTable::name_offsets(std::string_view name) const {
    std::vector<std::uint64_t> offsets;
    const std::string_view text{reinterpret_cast<const char*>(strings_.data()), strings_.size()};
    const bool any_version = versioned_ && !name.contains('@');
    for (std::size_t at = 0; at < text.size();) {
        const void* found = ::memmem(text.data() + at, text.size() - at, name.data(), name.size());
        if (found == nullptr) break;
        at = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
        const std::size_t end = at + name.size();
        if (end == text.size()) break;
        if (text[end] == '\0' || (any_version && text[end] == '@')) offsets.push_back(at);
        ++at;
    }
    return offsets;
}

std::vector<Symbol> SymbolTable::named(std::string_view name) const {
    if (name.empty()) return {};
    if (name_scans_ < kMostScans) {
        ++name_scans_;
        return scan_for(name);
    }
    build_name_index();
    std::vector<Symbol> found;
    const std::uint32_t hash = hash_of(plain_name(name));
    for (const Named& each : std::ranges::equal_range(names_, hash, {}, &Named::hash)) {
        const std::string_view whole = base::string_at(strings_, entry(each.index).name);
        if (whole == name || plain_name(whole) == name) found.push_back(symbol(each.index));
    }
    return found;
}

void SymbolTable::build_name_index() const {
    if (!names_.empty()) return;
    names_.reserve(count_);
    for (std::uint32_t i = 0; i < count_; ++i) {
        names_.push_back({hash_of(name_of(entry(i))), i});
    }
    std::ranges::sort(names_);
}

std::vector<Symbol> SymbolTable::scan_for(std::string_view name) const {
    std::vector<Symbol> found;
    const auto offsets = name_offsets(name);
    if (offsets.empty()) return found;
    const auto collect = [&](auto stride, auto big) {
        const std::uint64_t first = offsets.front(), reach = offsets.back() - first;
        const auto* at = entries_.data();
        for (std::uint32_t i = 0; i < count_; ++i, at += stride()) {
            const std::uint64_t offset = base::load<std::uint32_t>(at, big());
            // Nearly all names stand before or behind all of them.
            if (offset - first > reach) continue;
            if (std::ranges::binary_search(offsets, offset)) found.push_back(symbol(i));
        }
    };
    in_form(collect);
    return found;
}

}  // namespace symline::elf
