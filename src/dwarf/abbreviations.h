// An abbreviation table (DWARF 5 section 7.5.3), with what is needed to skip DIEs quickly.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "dwarf/forms.h"

namespace symline::dwarf {

struct AttributeSpec {
    static constexpr std::uint8_t kVariable = 0xff;

    std::uint16_t name = 0;
    std::uint16_t form = 0;
    std::uint8_t width = kVariable;  ///< bytes of a value, when all have the same
    std::int64_t implicit_constant = 0;
};

struct Abbreviation {
    std::uint64_t code = 0;
    std::uint16_t tag = 0;
    bool has_children = false;
    bool has_pc = false;  ///< DW_AT_low_pc, DW_AT_high_pc or DW_AT_ranges is among the attributes
    /// Bytes of all attributes together, or kVariable.
    std::uint32_t size = kVariable;
    /// Bytes in front of DW_AT_sibling when that is a DW_FORM_ref4 at a fixed place, or kVariable.
    std::uint32_t sibling_at = kVariable;
    std::uint32_t first_attribute = 0;
    std::uint32_t attribute_count = 0;

    static constexpr std::uint32_t kVariable = 0xffff'ffff;
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
    const FormParameters& parameters() const { return parameters_; }
    /// How long the table is in the file.
    std::uint64_t bytes() const { return bytes_; }

private:
    void measure(Abbreviation& abbreviation) const;
    const Abbreviation* find_sparse(std::uint64_t code) const;

    FormParameters parameters_;
    std::vector<Abbreviation> abbreviations_;
    std::vector<AttributeSpec> attributes_;
    std::uint64_t bytes_ = 0;
    std::uint64_t dense_count_ = 0;  ///< how many come as codes 1, 2, 3, ...
    std::unordered_map<std::uint64_t, std::uint32_t> sparse_;
};

/// Tables by offset: units of one link often share one.
class AbbreviationCache {
public:
    explicit AbbreviationCache(const Sections& sections) : sections_(&sections) {}
    std::shared_ptr<const AbbreviationTable> table(std::uint64_t offset,
                                                   const FormParameters& parameters);
    /// Drops the tables that nobody else holds.
    void drop_unused();
    /// What the tables take of memory, roughly.
    std::size_t memory() const { return memory_; }

private:
    static std::size_t memory_of(const AbbreviationTable& table);

    const Sections* sections_;
    std::size_t memory_ = 0;
    std::unordered_map<std::uint64_t, std::vector<std::shared_ptr<const AbbreviationTable>>>
        tables_;
};

}  // namespace symline::dwarf
