#include "dwarf/abbreviations.h"

namespace symline::dwarf {
namespace {

/// DWARF 5 defines 121 attributes, and a DIE has each at most once. Without a limit a DIE of one
/// byte can have as many empty attributes (DW_FORM_flag_present) as the section has room for.
constexpr std::size_t kMostAttributes = 512;

}  // namespace

AbbreviationTable::AbbreviationTable(Bytes section, bool big_endian, std::uint64_t offset,
                                     const FormParameters& parameters)
    : parameters_(parameters) {
    Cursor cursor(section, big_endian, offset);
    for (; cursor.ok(); bytes_ = cursor.offset() - offset) {
        Abbreviation next;
        next.code = cursor.uleb();
        if (next.code == 0) break;
        next.tag = static_cast<std::uint16_t>(cursor.uleb());
        next.has_children = cursor.u8() != 0;
        next.first_attribute = static_cast<std::uint32_t>(attributes_.size());
        while (cursor.ok()) {
            AttributeSpec spec;
            spec.name = static_cast<std::uint16_t>(cursor.uleb());
            spec.form = static_cast<std::uint16_t>(cursor.uleb());
            if (spec.form == DW::DW_FORM_implicit_const) spec.implicit_constant = cursor.sleb();
            if (spec.name == 0 && spec.form == 0) break;
            spec.width = fixed_size(spec.form, parameters).value_or(AttributeSpec::kVariable);
            next.has_pc |= spec.name == DW::DW_AT_low_pc || spec.name == DW::DW_AT_high_pc ||
                           spec.name == DW::DW_AT_ranges;
            if (attributes_.size() - next.first_attribute == kMostAttributes) return;
            attributes_.push_back(spec);
        }
        if (!cursor.ok()) break;
        next.attribute_count =
            static_cast<std::uint32_t>(attributes_.size() - next.first_attribute);
        measure(next);
        const auto index = static_cast<std::uint32_t>(abbreviations_.size());
        if (next.code == index + 1 && dense_count_ == index) {
            ++dense_count_;
        } else {
            sparse_.emplace(next.code, index);
        }
        abbreviations_.push_back(next);
    }
}

void AbbreviationTable::measure(Abbreviation& abbreviation) const {
    std::uint32_t size = 0;
    for (const AttributeSpec& spec : attributes(abbreviation)) {
        if (spec.name == DW::DW_AT_sibling && spec.form == DW::DW_FORM_ref4) {
            abbreviation.sibling_at = size;
        }
        if (spec.width == AttributeSpec::kVariable) return;
        size += spec.width;
    }
    abbreviation.size = size;
}

const Abbreviation* AbbreviationTable::find_sparse(std::uint64_t code) const {
    const auto found = sparse_.find(code);
    return found == sparse_.end() ? nullptr : &abbreviations_[found->second];
}

std::shared_ptr<const AbbreviationTable> AbbreviationCache::table(
    std::uint64_t offset, const FormParameters& parameters) {
    auto& candidates = tables_[offset];
    for (const auto& table : candidates) {
        if (table->parameters() == parameters) return table;
    }
    // Tables of different offsets may share all but their start.
    const bool allowed = sections_->spend(Work::abbreviation_tables, 0);
    const Bytes section = allowed ? sections_->get(SectionId::abbrev).bytes : Bytes{};
    candidates.push_back(std::make_shared<const AbbreviationTable>(section, sections_->big_endian(),
                                                                   offset, parameters));
    sections_->spend(Work::abbreviation_tables, candidates.back()->bytes());
    memory_ += memory_of(*candidates.back());
    return candidates.back();
}

std::size_t AbbreviationCache::memory_of(const AbbreviationTable& table) {
    return sizeof(AbbreviationTable) + 12 * table.bytes();
}

void AbbreviationCache::drop_unused() {
    memory_ = 0;
    for (auto& [offset, tables] : tables_) {
        std::erase_if(tables, [](const auto& table) { return table.use_count() == 1; });
        for (const auto& table : tables) memory_ += memory_of(*table);
    }
    std::erase_if(tables_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace symline::dwarf
