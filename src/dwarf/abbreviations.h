// An abbreviation table (DWARF 5 section 7.5.3), with what is needed to skip DIEs quickly.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "dwarf/forms.h"

namespace symline::dwarf {

/// An attribute's name and form. It is small: a kernel has a million of them.
struct AttributeSpec {
    static constexpr std::uint8_t kVariable = 0xff;
    static constexpr std::size_t kMaxConstants = std::size_t{1} << 24;

    std::uint16_t name = 0;
    std::uint16_t form = 0;
    std::uint32_t width : 8 = kVariable;  ///< bytes of a value, when all have the same
    std::uint32_t constant : 24 = 0;      ///< of DW_FORM_implicit_const; see AbbreviationTable
};

inline void skip_attribute(Cursor& cursor, const AttributeSpec& spec,
                           const FormParameters& parameters) {
    if (spec.width != AttributeSpec::kVariable) return cursor.skip(spec.width);
    skip_form(cursor, spec.form, parameters);
}

/// True for DIEs that functions may be children of.
inline bool is_scope(std::uint16_t tag) {
    return tag == DW::DW_TAG_namespace || tag == DW::DW_TAG_module;
}

/// What each DIE with one abbreviation code has. Places among its attributes are counted in bytes
/// after the code.
struct Abbreviation {
    static constexpr std::uint16_t kNone = 0xffff;

    /// How a DIE in which no function's code can begin is passed, with all below it.
    enum class Passed : std::uint8_t {
        slowly,      ///< not at all, or by reading its attributes and children
        by_size,     ///< it has no children, and fixed_size is all there is
        by_sibling,  ///< DW_AT_sibling, a DW_FORM_ref4, stands at pass_at
    };

    std::uint16_t tag = 0;
    bool has_children = false;
    Passed passed = Passed::slowly;
    std::uint16_t pass_at = 0;  ///< 0 when not by_sibling
    std::uint32_t first_attribute = 0;
    std::uint16_t attribute_count = 0;
    /// The first attribute of a form whose values differ in size, or attribute_count.
    std::uint16_t first_variable = 0;
    std::uint16_t fixed_size = 0;   ///< the bytes in front of that
    std::uint16_t sibling = kNone;  ///< which attribute is DW_AT_sibling
    /// DW_AT_low_pc, DW_AT_high_pc and DW_AT_ranges are among these attributes.
    std::uint16_t pc_begin = kNone, pc_end = 0;
    /// The bytes in front of pc_begin when that is a fixed place, or kNone.
    std::uint16_t pc_at = kNone;
    std::uint16_t sibling_at = kNone;  ///< the same of DW_AT_sibling

    bool has_pc() const { return pc_end != 0; }
};

class AbbreviationTable {
public:
    /// Reads the table at `offset` of .debug_abbrev. What is damaged ends the table.
    AbbreviationTable(Bytes section, bool big_endian, std::uint64_t offset,
                      const FormParameters& parameters);

    /// Null when the table has no such code.
    const Abbreviation* find(std::uint64_t code) const {
        if (code - 1 < dense_count_) return &abbreviations_[code - 1];
        return find_sparse(code);
    }
    std::span<const AttributeSpec> attributes(const Abbreviation& abbreviation) const {
        return {attributes_.data() + abbreviation.first_attribute, abbreviation.attribute_count};
    }
    /// The value of an attribute of DW_FORM_implicit_const; 0 for others.
    std::int64_t constant(const AttributeSpec& spec) const { return constants_[spec.constant]; }
    const FormParameters& parameters() const { return parameters_; }
    /// The size of the table in the file.
    std::uint64_t bytes() const { return bytes_; }

private:
    bool read_attributes(Cursor& cursor, Abbreviation& next);
    bool read_constant(Cursor& cursor, AttributeSpec& spec);
    void set_passed(Abbreviation& abbreviation) const;
    static void note_place(Abbreviation& abbreviation, std::uint16_t name, std::uint16_t index,
                           std::uint16_t place);
    void add(std::uint64_t code, const Abbreviation& next);
    const Abbreviation* find_sparse(std::uint64_t code) const;

    FormParameters parameters_;
    std::vector<Abbreviation> abbreviations_;
    std::vector<AttributeSpec> attributes_;
    std::vector<std::int64_t> constants_ = {0};
    std::uint64_t bytes_ = 0;
    std::uint64_t dense_count_ = 0;  ///< how many come as codes 1, 2, 3, ...
    std::unordered_map<std::uint64_t, std::uint32_t> sparse_;
};

/// Tables by offset: units of one link often share one.
class AbbreviationCache {
public:
    explicit AbbreviationCache(Sections& sections) : sections_(&sections) {}
    std::shared_ptr<const AbbreviationTable> table(std::uint64_t offset,
                                                   const FormParameters& parameters);
    /// Drops the tables that nobody else holds.
    void drop_unused();
    /// How much memory the tables take, roughly.
    std::size_t memory() const { return memory_; }

private:
    static std::size_t memory_of(const AbbreviationTable& table);

    Sections* sections_;
    std::size_t memory_ = 0;
    std::unordered_map<std::uint64_t, std::vector<std::shared_ptr<const AbbreviationTable>>>
        tables_;
};

}  // namespace symline::dwarf
