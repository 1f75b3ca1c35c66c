// A compilation unit of .debug_info: its header, the attributes of its unit DIE, and how its forms
// are read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "dwarf/abbreviations.h"
#include "dwarf/forms.h"

namespace symline::dwarf {

/// DWARF 5 section 7.5.1; the header of DWARF 2 to 4 filled into the same fields.
struct UnitHeader {
    std::uint64_t offset = 0;  ///< of the header, in .debug_info
    std::uint64_t first_die = 0;
    std::uint64_t end = 0;  ///< where the next unit begins
    std::uint64_t abbreviations = 0;
    std::uint8_t unit_type = DW::DW_UT_compile;
    std::uint64_t split_id = 0;  ///< of skeletons and split units in DWARF 5
    FormParameters parameters;

    /// False for type units and unknown kinds of units: they hold no code.
    bool may_have_code() const {
        return unit_type == DW::DW_UT_compile || unit_type == DW::DW_UT_partial ||
               unit_type == DW::DW_UT_skeleton || unit_type == DW::DW_UT_split_compile;
    }
    bool is_type_unit() const {
        return unit_type == DW::DW_UT_type || unit_type == DW::DW_UT_split_type;
    }
    bool contains(std::uint64_t die) const { return die >= first_die && die < end; }
};

/// The header at `offset`. Nothing when there is none (the end, or damage: the two differ in
/// whether `offset` is the section's size). A header of an unknown version or address size is
/// returned with version 0: it can be skipped by its length.
std::optional<UnitHeader> read_unit_header(Sections& sections, std::uint64_t offset);
/// The same for a caller that reads nothing else of the unit: a copy, without mapping its pages. A
/// walk over the headers of a vmlinux maps 64 KB around each otherwise.
std::optional<UnitHeader> read_unit_header_alone(Sections& sections, std::uint64_t offset);

/// What the header of a type unit says of its type.
struct UnitType {
    std::uint64_t signature = 0;
    std::uint64_t die = 0;  ///< offset in .debug_info
};
/// Nothing when `header` is not that of a type unit.
std::optional<UnitType> type_of_unit(Sections& sections, const UnitHeader& header);

/// The attributes of the unit DIE, which hold for the whole unit.
struct UnitAttributes {
    std::uint16_t tag = 0;
    FormValue name;
    FormValue compilation_directory;
    FormValue low_pc;
    FormValue high_pc;
    FormValue ranges;
    std::optional<std::uint64_t> line_program;    ///< DW_AT_stmt_list
    std::optional<std::uint64_t> string_offsets;  ///< DW_AT_str_offsets_base
    std::optional<std::uint64_t> addresses;       ///< DW_AT_addr_base
    std::optional<std::uint64_t> range_lists;     ///< DW_AT_rnglists_base
    std::optional<std::uint64_t> location_lists;  ///< DW_AT_loclists_base
    FormValue split_name;                         ///< DW_AT_dwo_name
    std::optional<std::uint64_t> split_id;        ///< DW_AT_GNU_dwo_id, or the header's
    std::uint64_t split_ranges = 0;               ///< DW_AT_GNU_ranges_base
    std::uint64_t language = 0;
};

class Unit {
public:
    /// Reads the unit DIE with nothing but the one abbreviation that it needs.
    Unit(Sections& sections, const UnitHeader& header);

    Sections& sections() const { return *sections_; }
    const UnitHeader& header() const { return header_; }
    const FormParameters& parameters() const { return header_.parameters; }
    const UnitAttributes& attributes() const { return attributes_; }
    /// Where the children of the unit DIE begin; header().end when it has none.
    std::uint64_t first_child() const { return first_child_; }

    /// A reader at `offset` of .debug_info that ends with this unit.
    Reader reader(std::uint64_t offset) const;
    FormValue read(Reader& reader, std::uint16_t form, std::int64_t implicit_constant) const {
        return read_form(reader, form, implicit_constant, parameters(), constants_);
    }

    /// Class string. Empty when absent, out of bounds, or in a supplementary file that is not
    /// there.
    std::string_view string(const FormValue& value) const;
    /// Class address, through .debug_addr where the form is an index.
    std::optional<std::uint64_t> address(const FormValue& value) const;
    /// Class reference, as an offset in .debug_info of this file; see UnitTable::follow for others.
    std::optional<std::uint64_t> reference(const FormValue& value) const;
    /// True for a unit whose DIEs are in a split file (DWARF 5 section 3.1.2; GNU's of DWARF 4).
    bool is_skeleton() const;
    /// What the offsets of range lists before DWARF 5 are counted from.
    std::uint64_t old_ranges_base() const {
        return sections_->skeleton() == nullptr ? 0 : attributes_.split_ranges;
    }
    /// The base address of the unit's range lists: its DW_AT_low_pc, else 0.
    std::uint64_t base_address() const { return base_address_; }

private:
    void read_unit_die();
    void inherit(const Unit& skeleton);
    void set(std::uint16_t name, const FormValue& value);
    std::optional<std::uint64_t> indexed_address(std::uint64_t index) const;
    std::string_view indexed_string(std::uint64_t index) const;

    Sections* sections_;
    UnitHeader header_;
    UnitAttributes attributes_;
    std::uint64_t first_child_ = 0;
    std::uint64_t base_address_ = 0;
    Constants constants_;
};

}  // namespace symline::dwarf
