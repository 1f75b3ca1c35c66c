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
        const std::uint64_t code = cursor.uleb();
        if (code == 0) break;
        Abbreviation next;
        next.tag = static_cast<std::uint16_t>(cursor.uleb());
        next.has_children = cursor.u8() != 0;
        next.first_attribute = static_cast<std::uint32_t>(attributes_.size());
        if (!read_attributes(cursor, next)) break;
        add(code, next);
    }
}

/// False when they have no end, or too many of them come.
bool AbbreviationTable::read_attributes(Cursor& cursor, Abbreviation& next) {
    bool fixed = true;
    std::uint16_t count = 0;
    for (; cursor.ok(); ++count) {
        AttributeSpec spec;
        spec.name = static_cast<std::uint16_t>(cursor.uleb());
        spec.form = static_cast<std::uint16_t>(cursor.uleb());
        if (spec.form == DW::DW_FORM_implicit_const) spec.implicit_constant = cursor.sleb();
        if (spec.name == 0 && spec.form == 0) break;
        if (count == kMostAttributes) return false;
        spec.width = fixed_size(spec.form, parameters_).value_or(AttributeSpec::kVariable);
        switch (spec.name) {
            case DW::DW_AT_sibling:
                next.sibling = count;
                next.sibling_at = fixed ? next.fixed_size : Abbreviation::kNone;
                break;
            case DW::DW_AT_low_pc:
            case DW::DW_AT_high_pc:
            case DW::DW_AT_ranges:
                if (!next.has_pc()) {
                    next.pc_begin = count;
                    next.pc_at = fixed ? next.fixed_size : Abbreviation::kNone;
                }
                next.pc_end = count + 1;
                break;
            default: break;
        }
        fixed = fixed && spec.width != AttributeSpec::kVariable;
        if (fixed) {
            next.fixed_size += spec.width;
            next.first_variable = count + 1;
        }
        attributes_.push_back(spec);
    }
    next.attribute_count = count;
    return cursor.ok();
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
