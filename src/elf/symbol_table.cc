#include "elf/symbol_table.h"

#include <llvm/BinaryFormat/ELF.h>

#include <algorithm>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace symline::elf {
namespace {

namespace ELF = llvm::ELF;

constexpr std::size_t kEntry32 = 16;
constexpr std::size_t kEntry64 = 24;

/// A scan takes 0.5 ms of a vmlinux, an index 20 ms.
constexpr int kMostScans = 32;

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

/// Names that an assembler or a compiler makes for itself: kallsyms leaves them out.
bool is_mapping_symbol(std::string_view name) {
    return name.starts_with(".L") || name.starts_with("L0") || name.starts_with("$");
}

/// Whether a symbol may name the code or data at an address.
bool names_a_place(const Symbol& symbol) {
    switch (symbol.type) {
        case SymbolType::section:
        case SymbolType::file:
        case SymbolType::common:
        case SymbolType::tls: return false;
        default:
            return symbol.section.has_value() && !symbol.name.empty() &&
                   !is_mapping_symbol(symbol.name);
    }
}

int binding_rank(SymbolBinding binding) {
    switch (binding) {
        case SymbolBinding::global:
        case SymbolBinding::unique: return 0;
        case SymbolBinding::weak: return 1;
        default: return 2;
    }
}

bool is_function(const Symbol& symbol) {
    return symbol.type == SymbolType::function || symbol.type == SymbolType::ifunc;
}

/// The stated preference among aliases, as a key whose smallest value wins.
auto preference(const Symbol& symbol) {
    return std::tuple(binding_rank(symbol.binding), !is_function(symbol),
                      symbol.name.starts_with("__pfx_"), symbol.name);
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
    const bool big = file_->big_endian();
    if (file_->is64()) {
        const auto* at = entries_.data() + std::size_t{index} * kEntry64;
        return {load<std::uint32_t>(at, big), at[4], load<std::uint16_t>(at + 6, big),
                load<std::uint64_t>(at + 8, big), load<std::uint64_t>(at + 16, big)};
    }
    const auto* at = entries_.data() + std::size_t{index} * kEntry32;
    return {load<std::uint32_t>(at, big), at[12], load<std::uint16_t>(at + 14, big),
            load<std::uint32_t>(at + 4, big), load<std::uint32_t>(at + 8, big)};
}

/// Calls `scan` with the size of an entry and the byte order as constants: a pass over all entries
/// that asks for neither of them takes a third of the time.
template <typename Scan>
void SymbolTable::in_form(const Scan& scan) const {
    using Stride32 = std::integral_constant<std::size_t, kEntry32>;
    using Stride64 = std::integral_constant<std::size_t, kEntry64>;
    if (file_->big_endian()) {
        file_->is64() ? scan(Stride64{}, std::true_type{}) : scan(Stride32{}, std::true_type{});
    } else {
        file_->is64() ? scan(Stride64{}, std::false_type{}) : scan(Stride32{}, std::false_type{});
    }
}

/// A name without the version that linkers before binutils 2.35 append to it in .symtab.
std::string_view SymbolTable::plain_name(std::string_view name) const {
    const auto at = versioned_ && !name.empty() ? name.find('@', 1) : std::string_view::npos;
    return name.substr(0, at);
}

std::string_view SymbolTable::name_of(const Entry& entry) const {
    return plain_name(string_at(strings_, entry.name));
}

/// ARM marks Thumb functions by the lowest bit of st_value (ELF for the Arm Architecture, 5.5.3).
bool SymbolTable::is_thumb(const Entry& entry) const {
    const int type = entry.info & 15;
    return file_->machine() == ELF::EM_ARM && (type == ELF::STT_FUNC || type == ELF::STT_GNU_IFUNC);
}

std::optional<std::uint32_t> SymbolTable::section_of(const Entry& entry,
                                                     std::uint32_t index) const {
    std::uint32_t section = entry.section;
    if (section == ELF::SHN_XINDEX) {
        const std::uint64_t at = std::uint64_t{index} * 4;
        if (at + 4 > extended_.size()) return std::nullopt;
        section = load<std::uint32_t>(extended_.data() + at, file_->big_endian());
    } else if (section >= ELF::SHN_LORESERVE) {
        return std::nullopt;
    }
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
        const std::string_view whole = string_at(strings_, entry(each.index).name);
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
            const std::uint64_t offset = load<std::uint32_t>(at, big());
            // Nearly all names stand before or behind all of them.
            if (offset - first > reach) continue;
            if (std::ranges::binary_search(offsets, offset)) found.push_back(symbol(i));
        }
    };
    in_form(collect);
    return found;
}

void SymbolTable::build_address_index() const {
    if (indexed_) return;
    indexed_ = true;
    for (std::uint32_t i = 0; i < count_; ++i) {
        const Symbol each = symbol(i);
        if (!names_a_place(each)) continue;
        const std::uint64_t low = each.address.value;
        const std::uint64_t high = low + each.size < low ? UINT64_MAX : low + each.size;
        (each.size > 0 ? sized_ : labels_).push_back({low, high, 0, i});
    }
    finish(sized_);
    std::ranges::sort(labels_, {}, &Placed::low);
    for (Placed& each : labels_) each.high = end_of_label(each);
    finish(labels_);
    unsized_ = labels_;
    // A label on or inside of a sized symbol says nothing about what follows that symbol.
    std::erase_if(unsized_,
                  [this](const Placed& each) { return best(sized_, each.low).has_value(); });
    finish(unsized_);
}

/// The next symbol, the end of the symbol around it, or the end of the section.
std::uint64_t SymbolTable::end_of_label(const Placed& label) const {
    const Section& section = file_->sections()[*symbol(label.index).section];
    std::uint64_t end = std::max(section.address.value + section.size, label.low);
    for (const auto* placed : {&labels_, &sized_}) {
        const auto next = std::ranges::upper_bound(*placed, label.low, {}, &Placed::low);
        if (next != placed->end()) end = std::min(end, next->low);
    }
    if (const auto around = best(sized_, label.low)) {
        end = std::min(end, around->address.value + around->size);
    }
    return end;
}

void SymbolTable::finish(std::vector<Placed>& placed) const {
    std::ranges::sort(placed, {}, &Placed::low);
    std::uint64_t highest = 0;
    for (Placed& each : placed) each.highest_so_far = highest = std::max(highest, each.high);
}

std::optional<Symbol> SymbolTable::best(const std::vector<Placed>& placed,
                                        std::uint64_t address) const {
    auto after = std::ranges::upper_bound(placed, address, {}, &Placed::low);
    std::optional<Symbol> chosen;
    // Real symbols nest a few levels deep. Where all of a crafted table overlap, each of the
    // lookups that build the index would read all of it.
    constexpr int kMostOverlaps = 4096;
    for (int tries = 0; after != placed.begin() && tries < kMostOverlaps; ++tries) {
        --after;
        if (after->highest_so_far <= address) break;
        if (chosen && after->low < chosen->address.value) break;
        if (address >= after->high) continue;
        const Symbol candidate = symbol(after->index);
        if (!chosen || preference(candidate) < preference(*chosen)) chosen = candidate;
    }
    return chosen;
}

std::optional<Symbol> SymbolTable::at(FileAddress address) const {
    build_address_index();
    // A label inside of a function does not hide the function: sized symbols come first.
    if (auto found = best(sized_, address.value)) return found;
    // Where functions are left out, what follows a label may be of one of them.
    return full_ ? best(unsized_, address.value) : std::nullopt;
}

std::optional<Symbol> SymbolTable::label(FileAddress address) const {
    build_address_index();
    if (!full_) return best(sized_, address.value);
    if (auto found = best(labels_, address.value)) return found;
    return best(sized_, address.value);
}

void SymbolTable::add_boundaries(std::vector<std::uint64_t>& found) const {
    build_address_index();
    for (const auto* placed : {&sized_, &labels_}) {
        for (const Placed& each : *placed) {
            found.push_back(each.low);
            found.push_back(each.high);
        }
    }
}

std::uint64_t SymbolTable::kallsyms_size(const Symbol& symbol) const {
    if (!symbol.section) return 0;
    if (!full_ && symbol.size != 0) return symbol.size;
    const Section& section = file_->sections()[*symbol.section];
    const std::uint64_t base = file_->relocatable() ? 0 : section.address.value;
    const std::uint64_t room = section.size - (symbol.value - base);
    const std::uint64_t farthest = symbol.value - base <= section.size ? room : 0;
    if (size_scans_ < kMostScans) {
        ++size_scans_;
        return scan_for_size(symbol, farthest);
    }
    build_size_index();
    const std::uint64_t first = symbol.value + std::max<std::uint64_t>(symbol.size, 1);
    const auto next = std::ranges::lower_bound(starts_, Start{*symbol.section, first});
    const bool found =
        next != starts_.end() && next->section == *symbol.section && first > symbol.value;
    return found ? std::min(farthest, next->value - symbol.value) : farthest;
}

void SymbolTable::build_size_index() const {
    if (!starts_.empty()) return;
    for (std::uint32_t i = 0; i < count_; ++i) {
        const Symbol each = symbol(i);
        if (each.section && !is_mapping_symbol(each.name)) {
            starts_.push_back({*each.section, each.value});
        }
    }
    std::ranges::sort(starts_);
}

std::uint64_t SymbolTable::scan_for_size(const Symbol& symbol, std::uint64_t nearest) const {
    const std::uint64_t low = std::max<std::uint64_t>(symbol.size, 1);
    const bool arm = file_->machine() == ELF::EM_ARM;
    const auto search = [&](auto stride, auto big) {
        using Value = std::conditional_t<stride() == kEntry64, std::uint64_t, std::uint32_t>;
        const auto* at = entries_.data() + (stride() == kEntry64 ? 8 : 4);
        for (std::uint32_t i = 0; i < count_; ++i, at += stride()) {
            std::uint64_t value = load<Value>(at, big());
            if (arm && is_thumb(entry(i))) value &= ~std::uint64_t{1};
            const std::uint64_t distance = value - symbol.value;
            if (distance < low || distance >= nearest || value < symbol.value) continue;
            const Entry other = entry(i);
            if (section_of(other, i) != symbol.section) continue;
            if (!is_mapping_symbol(string_at(strings_, other.name))) nearest = distance;
        }
    };
    in_form(search);
    return nearest;
}

}  // namespace symline::elf
