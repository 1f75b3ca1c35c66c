#include "elf/relocations.h"

#include <llvm/BinaryFormat/ELF.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace symline::elf {
namespace {

namespace ELF = llvm::ELF;

/// MIPS64 little-endian keeps r_info as a 32-bit symbol and four type bytes, not as one number.
std::uint64_t plain_info(std::uint64_t info) {
    return (info << 32) | ((info >> 8) & 0xff00'0000) | ((info >> 24) & 0x00ff'0000) |
           ((info >> 40) & 0x0000'ff00) | ((info >> 56) & 0x0000'00ff);
}

/// Writes an address of the file's size.
void write_address(std::uint8_t* to, std::uint64_t value, const ElfFile& file) {
    const unsigned size = file.address_size();
    for (unsigned i = 0; i < size; ++i) {
        to[file.big_endian() ? size - 1 - i : i] = static_cast<std::uint8_t>(value >> (8 * i));
    }
}

bool holds_relocations(const Section& section) {
    return section.type == ELF::SHT_RELA || section.type == ELF::SHT_REL;
}

/// The first that are not empty for each section, by its index.
std::unordered_map<std::uint32_t, const Section*> relocation_sections(const ElfFile& file) {
    std::unordered_map<std::uint32_t, const Section*> found;
    for (const Section& section : file.sections()) {
        if (holds_relocations(section) && section.size != 0) {
            found.emplace(static_cast<std::uint32_t>(file.header(section).info), &section);
        }
    }
    return found;
}

}  // namespace

Expected<std::unique_ptr<Relocator>> Relocator::of(const ElfFile& file) {
    const Section* table = SymbolEntries::table_of(file);
    auto symbols = table == nullptr ? SymbolEntries(file) : SymbolEntries::of(file, *table);
    if (!symbols) return std::unexpected(symbols.error());
    std::unique_ptr<Relocator> relocator(
        new Relocator(relocation_rules(file.machine()), std::move(*symbols)));
    for (const std::string_view name : {".debug_info", ".debug_types"}) {
        relocator->place_joined(name);
    }
    return relocator;
}

/// What refers to a later one of several sections (.debug_aranges to its unit) means a place in all
/// of them.
void Relocator::place_joined(std::string_view name) {
    const auto parts = sections_named(symbols_.file(), name);
    if (!parts) return;
    for (const JoinedPart& part : *parts) {
        if (part.offset != 0) joined_.emplace(part.section->index, part.offset);
    }
}

const RelocationRule* Relocator::rule(std::uint64_t type) const {
    const auto found = std::ranges::find(rules_, type, &RelocationRule::type);
    return found == rules_.end() ? nullptr : &*found;
}

std::uint64_t Relocator::symbol(std::uint32_t index) const {
    if (index >= symbols_.size()) return 0;
    const Symbol symbol = symbols_.symbol(index);
    const auto joined = symbol.section ? joined_.find(*symbol.section) : joined_.end();
    return symbol.address.value + (joined == joined_.end() ? 0 : joined->second);
}

Relocations::Relocations(const ElfFile& file, base::Bytes entries, Addend addend,
                         const Relocator& relocator)
    : file_(&file),
      relocator_(&relocator),
      entries_(entries),
      addend_(addend),
      stride_((file.is64() ? 16U : 8U) + (addend == Addend::in_entry ? file.address_size() : 0U)),
      count_(entries.size() / stride_) {}

std::optional<Relocations> Relocations::of(const ElfFile& file, const Section& target,
                                           const Relocator& relocator) {
    for (const Section& section : file.sections()) {
        if (!holds_relocations(section)) continue;
        if (file.header(section).info != target.index) continue;
        if (auto found = in(file, section, relocator)) return found;
    }
    return std::nullopt;
}

std::optional<Relocations> Relocations::in(const ElfFile& file, const Section& section,
                                           const Relocator& relocator) {
    const auto entries = file.contents(section);
    if (!entries || entries->empty()) return std::nullopt;
    const bool rela = section.type == ELF::SHT_RELA;
    return Relocations(file, *entries, rela ? Addend::in_entry : Addend::in_field, relocator);
}

/// Entries with and without addend do not occur in one file: those of another kind than the first
/// section's are left out. So is what no file has room for: sections of entries that overlap.
std::optional<Relocations> Relocations::of(const ElfFile& file, std::span<const JoinedPart> parts,
                                           const Relocator& relocator) {
    const auto joined = std::make_shared<std::vector<std::uint8_t>>();
    std::optional<Addend> addend;
    // Thousands of parts have thousands of sections with entries: all are looked through once.
    const auto sections = relocation_sections(file);
    std::uint64_t room = file.image().size();
    for (const JoinedPart& part : parts) {
        const auto at = sections.find(part.section->index);
        const auto own = at == sections.end() ? std::nullopt : in(file, *at->second, relocator);
        if (!own || own->addend_ != addend.value_or(own->addend_)) continue;
        if (at->second->size > room) break;
        room -= at->second->size;
        addend = own->addend_;
        own->move(part.offset, *joined);
    }
    if (!addend) return std::nullopt;
    Relocations all(file, {joined->data(), joined->size()}, *addend, relocator);
    all.joined_ = joined;
    return all;
}

/// Appends the entries to `to`, each for a place that far behind its own.
void Relocations::move(std::uint64_t distance, std::vector<std::uint8_t>& to) const {
    const std::size_t first = to.size();
    to.insert(to.end(), entries_.begin(),
              entries_.begin() + static_cast<std::ptrdiff_t>(count_ * stride_));
    for (std::size_t i = 0; i < count_; ++i) {
        write_address(to.data() + first + i * stride_, offset_of(i) + distance, *file_);
    }
}

std::uint64_t Relocations::offset_of(std::size_t entry) const {
    const auto* at = entries_.data() + entry * stride_;
    return file_->is64() ? base::load<std::uint64_t>(at, file_->big_endian())
                         : base::load<std::uint32_t>(at, file_->big_endian());
}

std::size_t Relocations::search(std::uint64_t offset) const {
    std::size_t low = 0, high = count_;
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (offset_of(slot(middle)) < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/// Checks all of a small table, and a few hundred places of a large one: some fields (DW_AT_low_pc
/// 0 of a unit with DW_AT_ranges) never have a relocation, and reading all 60 MB of a graphics
/// driver's entries because of one of them would cost more than the lookup.
bool Relocations::looks_ordered() const {
    constexpr std::size_t kWhole = 4096;
    constexpr std::size_t kPlaces = 128;
    const std::size_t step = count_ <= kWhole ? 1 : count_ / kPlaces;
    for (std::size_t i = 0; i + 1 < count_; i += step) {
        const std::size_t far = std::min(i + step, count_ - 1);
        if (offset_of(i) > offset_of(i + 1) || offset_of(i) > offset_of(far)) return false;
    }
    return true;
}

void Relocations::check_order() const {
    order_checked_ = true;
    if (looks_ordered() || count_ > UINT32_MAX) return;
    order_.resize(count_);
    std::iota(order_.begin(), order_.end(), 0U);
    std::ranges::stable_sort(order_, {}, [this](std::uint32_t i) { return offset_of(i); });
}

/// The position of the first entry for `offset`, or count_.
std::size_t Relocations::find(std::uint64_t offset) const {
    for (std::size_t next = hint_; next < std::min(hint_ + 8, count_); ++next) {
        const std::uint64_t there = offset_of(slot(next));
        if (there == offset && (next == 0 || offset_of(slot(next - 1)) != offset)) return next;
        if (there > offset) break;
    }
    std::size_t found = search(offset);
    if (found < count_ && offset_of(slot(found)) == offset) return found;
    // A field of this kind nearly always has a relocation. That this one has none may mean that the
    // search went wrong because the entries are not in order.
    if (order_checked_) return count_;
    check_order();
    if (order_.empty()) return count_;
    found = search(offset);
    return found < count_ && offset_of(slot(found)) == offset ? found : count_;
}

/// Real files have one to three. A crafted table whose entries all name one field would be read as
/// a whole for every value.
constexpr std::size_t kMaxForOneField = 16;

std::uint64_t Relocations::resolve(std::uint64_t offset, std::uint64_t value) const {
    std::size_t position = find(offset);
    const bool big = file_->big_endian();
    // Several entries for one field are applied one after the other (RISC-V's ADD and SUB pairs).
    std::size_t applied = 0;
    for (; position < count_ && offset_of(slot(position)) == offset; ++position) {
        if (applied++ == kMaxForOneField) break;
        const auto* at = entries_.data() + slot(position) * stride_;
        std::uint64_t type = 0, symbol = 0;
        auto addend = static_cast<std::int64_t>(value);
        if (file_->is64()) {
            auto info = base::load<std::uint64_t>(at + 8, big);
            if (file_->machine() == ELF::EM_MIPS && !big) info = plain_info(info);
            symbol = info >> 32;
            type = info & 0xffff'ffff;
            if (addend_ == Addend::in_entry)
                addend = static_cast<std::int64_t>(base::load<std::uint64_t>(at + 16, big));
        } else {
            const auto info = base::load<std::uint32_t>(at + 4, big);
            symbol = info >> 8;
            type = info & 0xff;
            if (addend_ == Addend::in_entry)
                addend = static_cast<std::int32_t>(base::load<std::uint32_t>(at + 8, big));
        }
        const RelocationRule* rule = relocator_->rule(type);
        if (rule == nullptr) continue;
        const auto target = relocator_->symbol(static_cast<std::uint32_t>(symbol));
        value = relocated(*rule, {target, addend, offset}, value);
    }
    hint_ = position < count_ ? position : 0;
    return value;
}

}  // namespace symline::elf
