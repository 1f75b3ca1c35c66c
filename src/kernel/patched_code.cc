#include "kernel/patched_code.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "elf/constants.h"

namespace symline::kernel {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint32_t kWholeAddress = 1;  ///< R_X86_64_64: the one field of code that is longer

/// struct alt_instr: two offsets of 32 bits relative to themselves, the feature, and how long the
/// patched instructions are. It has grown with the kernels' versions.
struct AlternativeForm {
    std::size_t stride;
    std::size_t length_at;
};
constexpr std::array<AlternativeForm, 4> kAlternativeForms{
    {{12, 10}, {14, 12}, {13, 10}, {16, 10}}};

std::uint64_t number(Bytes bytes, std::size_t at, std::size_t size, bool big_endian) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
        value = value << 8 | bytes[at + (big_endian ? i : size - 1 - i)];
    }
    return value;
}

bool is_code(const Module& module, std::uint64_t address) {
    const auto place = module.sections().offset_of(FileAddress{address});
    return place && place->section->executable();
}

/// The entries of a relocation section: 64-bit files give their addends in the entry, 32-bit ones
/// may not.
struct Entry {
    std::uint64_t offset;
    std::uint32_t symbol;
    std::uint32_t type;
    std::uint64_t addend;
};
std::vector<Entry> entries(const Module& module, const Section& relocations) {
    const Bytes bytes = module.sections().contents(relocations);
    const std::size_t word = module.elf().address_size();
    const bool with_addend = relocations.name.starts_with(".rela");
    const std::size_t stride = word * (with_addend ? 3 : 2);
    const bool big = module.elf().big_endian();
    std::vector<Entry> found;
    found.reserve(bytes.size() / stride);
    for (std::size_t at = 0; at + stride <= bytes.size(); at += stride) {
        const auto info = number(bytes, at + word, word, big);
        found.push_back({number(bytes, at, word, big),
                         static_cast<std::uint32_t>(word == 8 ? info >> 32 : info >> 8),
                         static_cast<std::uint32_t>(word == 8 ? info : info & 0xff),
                         with_addend ? number(bytes, at + 2 * word, word, big) : 0});
    }
    return found;
}

/// Several sections of a module may share a name: the table follows its section.
const Section* relocations_of(const Module& module, const Section& code) {
    for (const Section& section : module.sections().all()) {
        if (section.index <= code.index || !section.name.ends_with(code.name)) continue;
        const auto kind = section.name.substr(0, section.name.size() - code.name.size());
        if (kind == ".rela" || kind == ".rel") return &section;
    }
    return nullptr;
}

std::uint64_t site(Bytes table, const Section& section, std::size_t at, bool big_endian) {
    const auto distance = static_cast<std::int32_t>(number(table, at, 4, big_endian));
    return section.address.value + at + static_cast<std::uint64_t>(std::int64_t{distance});
}

/// The form in which all of the first entries lead to code.
std::optional<AlternativeForm> form_of(const Module& module, const Section& section, Bytes table) {
    constexpr std::size_t enough = 64;
    for (const AlternativeForm& form : kAlternativeForms) {
        if (table.empty() || table.size() % form.stride != 0) continue;
        const std::size_t end = std::min(table.size(), enough * form.stride);
        bool fits = true;
        for (std::size_t at = 0; fits && at < end; at += form.stride) {
            fits = is_code(module, site(table, section, at, module.elf().big_endian()));
        }
        if (fits) return form;
    }
    return std::nullopt;
}

}  // namespace

PatchedCode::PatchedCode(const Module& module) {
    if (module.elf().type() == FileType::relocatable) read_relocations(module);
    read_alternatives(module);
    order();
}

void PatchedCode::read_relocations(const Module& module) {
    const bool x86_64 = module.elf().machine() == elf::kX86_64;
    for (const Section& code : module.sections().all()) {
        if (!code.allocated() || !code.executable()) continue;
        const Section* table = relocations_of(module, code);
        if (table == nullptr) continue;
        for (const Entry& entry : entries(module, *table)) {
            if (entry.offset >= code.size) continue;
            const auto begin = code.address.value + entry.offset;
            ranges_.push_back({begin, begin + (x86_64 && entry.type == kWholeAddress ? 8 : 4)});
        }
    }
}

void PatchedCode::read_alternatives(const Module& module) {
    const Section* section = module.sections().named(".altinstructions");
    if (section == nullptr) return;
    if (module.elf().type() == FileType::relocatable) {
        read_alternatives_of_module(module, *section);
        return;
    }
    const Bytes table = module.sections().contents(*section);
    const auto form = form_of(module, *section, table);
    if (!form) return;
    for (std::size_t at = 0; at + form->stride <= table.size(); at += form->stride) {
        const auto begin = site(table, *section, at, module.elf().big_endian());
        ranges_.push_back({begin, begin + table[at + form->length_at]});
    }
}

/// Each entry has two relocations, of the patched instructions and of what replaces them.
void PatchedCode::read_alternatives_of_module(const Module& module, const Section& section) {
    const Section* relocations = module.sections().named(".rela.altinstructions");
    const auto symbols = module.symbols().all();
    if (relocations == nullptr || !symbols) return;
    const Bytes table = module.sections().contents(section);
    const auto fields = entries(module, *relocations);
    const std::size_t stride = fields.size() > 2 ? fields[2].offset : table.size();
    const auto form = std::ranges::find(kAlternativeForms, stride, &AlternativeForm::stride);
    if (form == kAlternativeForms.end()) return;
    for (const Entry& field : fields) {
        if (field.offset % stride != 0 || field.offset + stride > table.size()) continue;
        const auto symbol = std::ranges::lower_bound(*symbols, field.symbol, {}, &Symbol::index);
        if (symbol == symbols->end() || symbol->index != field.symbol) continue;
        const auto begin = symbol->address.value + field.addend;
        ranges_.push_back({begin, begin + table[field.offset + form->length_at]});
    }
}

void PatchedCode::order() {
    std::ranges::sort(ranges_, {}, &Range::begin);
    std::size_t last = 0;
    for (std::size_t i = 1; i < ranges_.size(); ++i) {
        if (ranges_[i].begin <= ranges_[last].end) {
            ranges_[last].end = std::max(ranges_[last].end, ranges_[i].end);
        } else {
            ranges_[++last] = ranges_[i];
        }
    }
    if (!ranges_.empty()) ranges_.resize(last + 1);
}

bool PatchedCode::holds(FileAddress address, std::uint64_t size) const {
    const auto after =
        std::ranges::upper_bound(ranges_, address.value + size - 1, {}, &Range::begin);
    return after != ranges_.begin() && (after - 1)->end > address.value;
}

}  // namespace symline::kernel
