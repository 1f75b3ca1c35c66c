#include "dwarf/abbreviations.h"

#include "dwarf/ranges.h"

namespace symline::dwarf {
namespace {

/// DWARF 5 defines 121 attributes, and a DIE has each at most once. Without a limit a DIE of one
/// byte can have as many empty attributes (DW_FORM_flag_present) as the section has room for.
constexpr std::size_t kMaxAttributes = 512;

bool is_looked_for(std::uint16_t attribute) {
    return attribute == DW::DW_AT_sibling || PcAttributes::is_one(attribute);
}

}  // namespace

AbbreviationTable::AbbreviationTable(Bytes section, bool big_endian, std::uint64_t offset,
                                     const FormParameters& parameters)
    : parameters_(parameters) {
    Cursor cursor(section, big_endian, offset);
    for (; cursor.ok(); bytes_ = cursor.offset() - offset) {
        const std::uint64_t code = cursor.uleb();
        if (code == 0) break;
        Abbreviation next;
        next.tag = static_cast<std::uint16_t>(cursor.uleb());
        next.has_children = cursor.u8() != 0;
        next.first_attribute = static_cast<std::uint32_t>(attributes_.size());
        if (!read_attributes(cursor, next)) break;
        set_passed(next);
        add(code, next);
    }
    abbreviations_.shrink_to_fit();
    attributes_.shrink_to_fit();
    constants_.shrink_to_fit();
}

/// False when their list has no end, or is too long.
bool AbbreviationTable::read_attributes(Cursor& cursor, Abbreviation& next) {
    std::uint16_t count = 0;
    bool fixed = true;
    while (cursor.ok()) {
        const auto [name, form] = cursor.uleb_pair();
        AttributeSpec spec;
        spec.name = static_cast<std::uint16_t>(name);
        spec.form = static_cast<std::uint16_t>(form);
        if ((spec.name | spec.form) == 0) break;
        if (count == kMaxAttributes) return false;
        const bool has_constant = spec.form == DW::DW_FORM_implicit_const;
        if (has_constant && !read_constant(cursor, spec)) return false;
        const std::uint8_t width =
            fixed_size(spec.form, parameters_).value_or(AttributeSpec::kVariable);
        spec.width = width;
        if (is_looked_for(spec.name)) {
            note_place(next, spec.name, count, fixed ? next.fixed_size : Abbreviation::kNone);
        }
        fixed = fixed && width != AttributeSpec::kVariable;
        if (fixed) next.fixed_size += width;
        ++count;
        if (fixed) next.first_variable = count;
        attributes_.push_back(spec);
    }
    next.attribute_count = count;
    return cursor.ok();
}

/// Notes where an attribute that the walk looks for stands: it is number `index`, `place` bytes
/// after the code, or kNone where that varies.
void AbbreviationTable::note_place(Abbreviation& abbreviation, std::uint16_t name,
                                   std::uint16_t index, std::uint16_t place) {
    if (name == DW::DW_AT_sibling) {
        abbreviation.sibling = index;
        abbreviation.sibling_at = place;
    } else {
        if (!abbreviation.has_pc()) {
            abbreviation.pc_begin = index;
            abbreviation.pc_at = place;
        }
        abbreviation.pc_end = index + 1;
    }
}

void AbbreviationTable::set_passed(Abbreviation& abbreviation) const {
    const bool has_code = abbreviation.tag == DW::DW_TAG_subprogram && abbreviation.has_pc();
    if (has_code || is_scope(abbreviation.tag)) return;
    if (!abbreviation.has_children) {
        const bool fixed = abbreviation.first_variable == abbreviation.attribute_count;
        if (fixed) abbreviation.passed = Abbreviation::Passed::by_size;
    } else if (abbreviation.sibling_at != Abbreviation::kNone &&
               attributes(abbreviation)[abbreviation.sibling].form == DW::DW_FORM_ref4) {
        abbreviation.passed = Abbreviation::Passed::by_sibling;
        abbreviation.pass_at = abbreviation.sibling_at;
    }
}

/// False when there are too many.
bool AbbreviationTable::read_constant(Cursor& cursor, AttributeSpec& spec) {
    const std::int64_t value = cursor.sleb();
    // The previous constant is often the same: the file that declares the functions of a header.
    if (value != constants_.back()) constants_.push_back(value);
    spec.constant = (constants_.size() - 1) & (AttributeSpec::kMaxConstants - 1);
    return constants_.size() <= AttributeSpec::kMaxConstants;
}

void AbbreviationTable::add(std::uint64_t code, const Abbreviation& next) {
    const auto index = static_cast<std::uint32_t>(abbreviations_.size());
    if (code == index + 1 && dense_count_ == index) {
        ++dense_count_;
    } else {
        sparse_.emplace(code, index);
    }
    abbreviations_.push_back(next);
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
    // Tables at different offsets may share all bytes but their first ones.
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
