#include "kernel/patch_sites.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "elf/constants.h"

namespace symline::kernel {
namespace {

using Bytes = std::span<const std::uint8_t>;

/// struct alt_instr: two offsets of 32 bits relative to themselves, the feature, and how long the
/// patched instructions and those that replace them are. It has grown with the kernels' versions.
struct AlternativeForm {
    std::size_t stride;
    std::size_t size_at;
    std::size_t replacement_size_at;
};
constexpr std::size_t kFeatureAt = 8;
constexpr std::array<AlternativeForm, 5> kAlternativeForms{{{12, 10, 11},
                                                            {14, 12, 13},
                                                            {13, 10, 11},
                                                            {16, 10, 10},    // riscv
                                                            {11, 10, 10}}};  // s390

/// Where the second offset of an entry is.
constexpr std::size_t kReplacementAt = 4;

std::uint64_t number(Bytes bytes, std::size_t at, std::size_t size, bool big_endian) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
        value = value << 8 | bytes[at + (big_endian ? i : size - 1 - i)];
    }
    return value;
}

bool is_code(const Module& module, FileAddress address) {
    const auto place = module.sections().offset_of(address);
    return place && place->section->executable();
}

bool is_relocatable(const Module& module) {
    return module.elf().type() == FileType::relocatable;
}

/// The place that the 32 bits at `at` lead to, counted from there.
FileAddress relative(Bytes table, const Section& section, std::size_t at, bool big_endian) {
    const auto distance = static_cast<std::int32_t>(number(table, at, 4, big_endian));
    return {section.address.value + at + static_cast<std::uint64_t>(std::int64_t{distance})};
}

/// The form in which all of the first entries lead to code.
std::optional<AlternativeForm> form_of(const Module& module, const Section& section, Bytes table) {
    constexpr std::size_t kEnough = 64;
    for (const AlternativeForm& form : kAlternativeForms) {
        if (table.empty() || table.size() % form.stride != 0) continue;
        const std::size_t end = std::min(table.size(), kEnough * form.stride);
        bool fits = true;
        for (std::size_t at = 0; fits && at < end; at += form.stride) {
            fits = is_code(module, relative(table, section, at, module.elf().big_endian()));
        }
        if (fits) return form;
    }
    return std::nullopt;
}

/// A field of a module's table, with the place that its relocation leads to.
struct Field {
    std::uint64_t offset;
    FileAddress place;
};
std::vector<Field> relocated_fields(const Module& module, const Section& section) {
    const Section* relocations = relocations_of(module, section);
    const auto symbols = module.symbols().all();
    std::vector<Field> fields;
    if (relocations == nullptr || !symbols) return fields;
    const Bytes table = module.sections().contents(section);
    const bool addends_in_place = !relocations->name.starts_with(".rela");
    for (const RelocationEntry& entry : relocation_entries(module, *relocations)) {
        const auto symbol = std::ranges::lower_bound(*symbols, entry.symbol, {}, &Symbol::index);
        if (symbol == symbols->end() || symbol->index != entry.symbol) continue;
        if (table.size() < 4 || entry.offset > table.size() - 4) continue;
        const std::uint64_t addend = addends_in_place
                                         ? number(table, entry.offset, 4, module.elf().big_endian())
                                         : entry.addend;
        fields.push_back({entry.offset, {symbol->address.value + addend}});
    }
    return fields;
}

/// From Linux 5.13 the highest bit of the feature's number says that it must be missing, from 6.3
/// the lowest one of the 16 bits that follow it.
void set_feature(Alternative& entry, Bytes table, std::size_t at, const AlternativeForm& form) {
    constexpr std::uint32_t kMissing = 0x8000;
    const auto number_at = [&](std::size_t offset) {
        return static_cast<std::uint32_t>(number(table, at + offset, 2, false));
    };
    entry.feature = number_at(kFeatureAt) & ~kMissing;
    entry.when_missing = (number_at(kFeatureAt) & kMissing) != 0;
    if (form.stride == 14) entry.when_missing = (number_at(kFeatureAt + 2) & 1) != 0;
}

Alternative sized(Alternative entry, Bytes table, std::size_t at, const AlternativeForm& form,
                  const Module& module) {
    entry.size = table[at + form.size_at];
    entry.replacement_size = table[at + form.replacement_size_at];
    if (module.elf().machine() == elf::kX86_64) set_feature(entry, table, at, form);
    return entry;
}

/// Each entry has two relocations, of the patched instructions and of what replaces them.
std::vector<Alternative> alternatives_of_module(const Module& module, const Section& section) {
    const Bytes table = module.sections().contents(section);
    const auto fields = relocated_fields(module, section);
    const std::size_t stride = fields.size() > 2 ? fields[2].offset : table.size();
    const auto form = std::ranges::find(kAlternativeForms, stride, &AlternativeForm::stride);
    std::vector<Alternative> found;
    if (form == kAlternativeForms.end()) return found;
    for (std::size_t i = 0; i + 1 < fields.size(); ++i) {
        const Field& site = fields[i];
        if (site.offset % stride != 0 || site.offset + stride > table.size()) continue;
        Alternative entry{.site = site.place};
        if (fields[i + 1].offset == site.offset + kReplacementAt)
            entry.replacement = fields[i + 1].place;
        found.push_back(sized(entry, table, site.offset, *form, module));
    }
    return found;
}

}  // namespace

std::vector<Alternative> alternatives(const Module& module) {
    const Section* section = module.sections().named(".altinstructions");
    if (section == nullptr) return {};
    if (is_relocatable(module)) return alternatives_of_module(module, *section);
    const Bytes table = module.sections().contents(*section);
    const auto form = form_of(module, *section, table);
    std::vector<Alternative> found;
    if (!form) return found;
    const bool big = module.elf().big_endian();
    for (std::size_t at = 0; at + form->stride <= table.size(); at += form->stride) {
        const Alternative entry{.site = relative(table, *section, at, big),
                                .replacement = relative(table, *section, at + kReplacementAt, big)};
        found.push_back(sized(entry, table, at, *form, module));
    }
    return found;
}

std::vector<FileAddress> relative_sites(const Module& module, const Section& section) {
    std::vector<FileAddress> sites;
    if (is_relocatable(module)) {
        for (const Field& field : relocated_fields(module, section)) sites.push_back(field.place);
        return sites;
    }
    const Bytes table = module.sections().contents(section);
    const bool big = module.elf().big_endian();
    for (std::size_t at = 0; at + 4 <= table.size(); at += 4) {
        sites.push_back(relative(table, section, at, big));
    }
    return sites;
}

std::vector<FileAddress> paravirt_sites(const Module& module) {
    std::vector<FileAddress> sites;
    const Section* section = module.sections().named(".parainstructions");
    if (section == nullptr) return sites;
    if (is_relocatable(module)) {
        for (const Field& field : relocated_fields(module, *section)) sites.push_back(field.place);
        return sites;
    }
    // An address, the kind and the length, as long as two addresses.
    const std::size_t word = module.elf().address_size();
    const Bytes table = module.sections().contents(*section);
    for (std::size_t at = 0; at + 2 * word <= table.size(); at += 2 * word) {
        sites.push_back({number(table, at, word, module.elf().big_endian())});
    }
    return sites;
}

std::vector<RelocationEntry> relocation_entries(const Module& module, const Section& relocations) {
    const Bytes bytes = module.sections().contents(relocations);
    const std::size_t word = module.elf().address_size();
    const bool with_addend = relocations.name.starts_with(".rela");
    const std::size_t stride = word * (with_addend ? 3 : 2);
    const bool big = module.elf().big_endian();
    std::vector<RelocationEntry> found;
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

const Section* relocations_of(const Module& module, const Section& section) {
    for (const Section& each : module.sections().all()) {
        if (each.index <= section.index || !each.name.ends_with(section.name)) continue;
        const auto kind = each.name.substr(0, each.name.size() - section.name.size());
        if (kind == ".rela" || kind == ".rel") return &each;
    }
    return nullptr;
}

}  // namespace symline::kernel
