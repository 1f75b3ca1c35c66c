#include "dwarf/unit.h"

#include <algorithm>
#include <array>

namespace symline::dwarf {
namespace {

/// The attributes that the unit DIE's abbreviation lists, without building the whole table: a scan
/// over all units asks for nothing else.
struct OneAbbreviation {
    std::uint16_t tag = 0;
    bool has_children = false;
    std::uint64_t attributes_at = 0;
};

void skip_attribute_specs(Cursor& cursor) {
    while (cursor.ok()) {
        const auto name = cursor.uleb();
        const auto form = cursor.uleb();
        if (form == DW::DW_FORM_implicit_const) cursor.skip_leb();
        if (name == 0 && form == 0) return;
    }
}

std::optional<OneAbbreviation> find_abbreviation(Cursor& cursor, std::uint64_t code) {
    while (cursor.ok()) {
        const auto next = cursor.uleb();
        if (next == 0) return std::nullopt;
        OneAbbreviation found;
        found.tag = static_cast<std::uint16_t>(cursor.uleb());
        found.has_children = cursor.u8() != 0;
        found.attributes_at = cursor.offset();
        if (next == code) return cursor.ok() ? std::optional(found) : std::nullopt;
        skip_attribute_specs(cursor);
    }
    return std::nullopt;
}

bool known(const FormParameters& parameters) {
    const auto size = parameters.address_size;
    return parameters.version >= 2 && parameters.version <= 5 &&
           (size == 2 || size == 4 || size == 8);
}

/// The header of the unit at `offset` of a section of `size` bytes. `reader` is there, in the
/// section or in a copy of these bytes.
std::optional<UnitHeader> parse_unit_header(Reader reader, std::uint64_t offset, std::uint64_t size,
                                            bool types) {
    const std::uint64_t before = offset - reader.offset();  // of what `reader` reads
    UnitHeader header;
    header.offset = offset;
    header.parameters.offset_size = 4;
    std::uint64_t length = reader.u32();
    if (length == DW::DW_LENGTH_DWARF64) {
        header.parameters.offset_size = 8;
        length = reader.u64();
    } else if (length >= DW::DW_LENGTH_lo_reserved) {
        return std::nullopt;
    }
    const std::uint64_t start = before + reader.offset();
    if (!reader.ok() || length == 0 || length > size - start) return std::nullopt;
    header.end = start + length;
    reader.limit(header.end - before);
    header.parameters.version = reader.u16();
    if (header.parameters.version >= 5) {
        header.unit_type = reader.u8();
        header.parameters.address_size = reader.u8();
        header.abbreviations = reader.relocated(header.parameters.offset_size);
        const bool has_id =
            header.unit_type == DW::DW_UT_skeleton || header.unit_type == DW::DW_UT_split_compile;
        if (has_id) header.split_id = reader.u64();
    } else {
        header.abbreviations = reader.relocated(header.parameters.offset_size);
        header.parameters.address_size = reader.u8();
        if (types) header.unit_type = DW::DW_UT_type;
    }
    if (header.is_type_unit()) reader.skip(8U + header.parameters.offset_size);
    header.first_die = before + reader.offset();
    if (!reader.ok() || !known(header.parameters)) header.parameters.version = 0;
    return header;
}

}  // namespace

std::optional<UnitHeader> read_unit_header(Sections& sections, std::uint64_t offset) {
    const SectionData& info = sections.get(SectionId::info);
    if (offset >= info.bytes.size()) return std::nullopt;
    return parse_unit_header(Reader(info, sections.big_endian(), offset), offset, info.bytes.size(),
                             sections.holds_types());
}

std::optional<UnitHeader> read_unit_header_alone(Sections& sections, std::uint64_t offset) {
    constexpr std::size_t kMaxHeader = 40;  // of a type unit in 64-bit DWARF 5
    const SectionData& info = sections.get(SectionId::info);
    const Bytes rest = base::tail(info.bytes, offset);
    std::array<std::uint8_t, kMaxHeader> copy{};
    const Bytes start = rest.first(std::min(rest.size(), kMaxHeader));
    if (start.empty() || info.relocations || !sections.file().copy(start, copy.data())) {
        return read_unit_header(sections, offset);
    }
    const SectionData data{Bytes(copy).first(start.size()), std::nullopt};
    return parse_unit_header(Reader(data, sections.big_endian()), offset, info.bytes.size(),
                             sections.holds_types());
}

std::optional<UnitType> type_of_unit(Sections& sections, const UnitHeader& header) {
    const std::uint64_t size = 8U + header.parameters.offset_size;
    if (!header.is_type_unit() || header.first_die < size) return std::nullopt;
    Reader reader = sections.reader(SectionId::info, header.first_die - size);
    UnitType type;
    type.signature = reader.u64();
    type.die = header.offset + reader.word(header.parameters.offset_size);
    return reader.ok() && header.contains(type.die) ? std::optional(type) : std::nullopt;
}

Unit::Unit(Sections& sections, const UnitHeader& header)
    : sections_(&sections),
      header_(header),
      first_child_(header.end),
      constants_(sections.relocates_constants() ? Constants::relocated : Constants::as_stored) {
    read_unit_die();
    if (const Unit* skeleton = sections.skeleton()) inherit(*skeleton);
    if (const auto low = address(attributes_.low_pc)) base_address_ = *low;
}

/// Takes over what the DIE of a split unit leaves to its skeleton (DWARF 5 section 3.1.3), and sets
/// where its own tables begin: after their headers, which only DWARF 5 has.
void Unit::inherit(const Unit& skeleton) {
    attributes_.addresses = skeleton.attributes_.addresses;
    attributes_.split_ranges = skeleton.attributes_.split_ranges;
    base_address_ = skeleton.base_address_;
    if (parameters().version < 5) return;
    const bool wide = parameters().offset_size == 8;
    if (!attributes_.string_offsets) attributes_.string_offsets = wide ? 16 : 8;
    if (!attributes_.range_lists) attributes_.range_lists = wide ? 20 : 12;
    if (!attributes_.location_lists) attributes_.location_lists = wide ? 20 : 12;
}

bool Unit::is_skeleton() const {
    if (sections_->skeleton() != nullptr || !attributes_.split_id) return false;
    return header_.unit_type == DW::DW_UT_skeleton || attributes_.split_name;
}

Reader Unit::reader(std::uint64_t offset) const {
    Reader reader = sections_->reader(SectionId::info, offset);
    reader.limit(header_.end);
    return reader;
}

void Unit::read_unit_die() {
    if (header_.parameters.version >= 5) attributes_.split_id = header_.split_id;
    Reader die = reader(header_.first_die);
    const std::uint64_t code = die.uleb();
    Cursor specs(sections_->get(SectionId::abbrev).bytes, sections_->big_endian(),
                 header_.abbreviations);
    const std::uint64_t table = specs.offset();
    const bool allowed = sections_->spend(Work::unit_abbreviations, 0);
    const auto abbreviation = allowed ? find_abbreviation(specs, code) : std::nullopt;
    sections_->spend(Work::unit_abbreviations, specs.offset() - table);
    if (code == 0 || !abbreviation) {
        sections_->note_problem("damaged debug information: a unit without a unit DIE");
        return;
    }
    attributes_.tag = abbreviation->tag;
    while (specs.ok() && die.ok()) {
        const auto name = static_cast<std::uint16_t>(specs.uleb());
        const auto form = static_cast<std::uint16_t>(specs.uleb());
        const auto constant = form == DW::DW_FORM_implicit_const ? specs.sleb() : 0;
        if (name == 0 && form == 0) break;
        set(name, read(die, form, constant));
    }
    if (die.ok() && abbreviation->has_children) first_child_ = die.offset();
}

void Unit::set(std::uint16_t name, const FormValue& value) {
    switch (name) {
        case DW::DW_AT_name: attributes_.name = value; break;
        case DW::DW_AT_comp_dir: attributes_.compilation_directory = value; break;
        case DW::DW_AT_low_pc: attributes_.low_pc = value; break;
        case DW::DW_AT_high_pc: attributes_.high_pc = value; break;
        case DW::DW_AT_ranges: attributes_.ranges = value; break;
        case DW::DW_AT_stmt_list: attributes_.line_program = value.number; break;
        case DW::DW_AT_str_offsets_base: attributes_.string_offsets = value.number; break;
        case DW::DW_AT_addr_base:
        case DW::DW_AT_GNU_addr_base: attributes_.addresses = value.number; break;
        case DW::DW_AT_rnglists_base: attributes_.range_lists = value.number; break;
        case DW::DW_AT_loclists_base: attributes_.location_lists = value.number; break;
        case DW::DW_AT_language: attributes_.language = value.number; break;
        case DW::DW_AT_dwo_name:
        case DW::DW_AT_GNU_dwo_name: attributes_.split_name = value; break;
        case DW::DW_AT_GNU_dwo_id: attributes_.split_id = value.number; break;
        case DW::DW_AT_GNU_ranges_base: attributes_.split_ranges = value.number; break;
        default: break;
    }
}

std::string_view Unit::string(const FormValue& value) const {
    switch (value.form) {
        case DW::DW_FORM_string: return value.text;
        case DW::DW_FORM_strp:
            return base::string_at(sections_->get(SectionId::str).bytes, value.number);
        case DW::DW_FORM_line_strp:
            return base::string_at(sections_->get(SectionId::line_str).bytes, value.number);
        case DW::DW_FORM_GNU_strp_alt:
        case DW::DW_FORM_strp_sup: {
            Sections* other = sections_->supplementary();
            if (other == nullptr) return {};
            return base::string_at(other->get(SectionId::str).bytes, value.number);
        }
        case DW::DW_FORM_strx:
        case DW::DW_FORM_strx1:
        case DW::DW_FORM_strx2:
        case DW::DW_FORM_strx3:
        case DW::DW_FORM_strx4:
        case DW::DW_FORM_GNU_str_index: return indexed_string(value.number);
        default: return {};
    }
}

std::string_view Unit::indexed_string(std::uint64_t index) const {
    const SectionData& offsets = sections_->get(SectionId::str_offsets);
    const std::uint64_t width = parameters().offset_size;
    if (index > offsets.bytes.size() / width) return {};
    const std::uint64_t base = attributes_.string_offsets.value_or(0);
    Reader reader(offsets, sections_->big_endian(), base + index * width);
    const std::uint64_t at = reader.relocated(parameters().offset_size);
    return reader.ok() ? base::string_at(sections_->get(SectionId::str).bytes, at)
                       : std::string_view{};
}

std::optional<std::uint64_t> Unit::address(const FormValue& value) const {
    if (value.form == DW::DW_FORM_addr) return value.number;
    if (is_address(value.form)) return indexed_address(value.number);
    return std::nullopt;
}

std::optional<std::uint64_t> Unit::indexed_address(std::uint64_t index) const {
    const SectionData& addresses = sections_->get(SectionId::addr);
    const std::uint64_t width = parameters().address_size;
    if (index > addresses.bytes.size() / width) return std::nullopt;
    const std::uint64_t base = attributes_.addresses.value_or(0);
    Reader reader(addresses, sections_->big_endian(), base + index * width);
    const std::uint64_t found = reader.relocated(parameters().address_size);
    return reader.ok() ? std::optional(found) : std::nullopt;
}

std::optional<std::uint64_t> Unit::reference(const FormValue& value) const {
    switch (value.form) {
        case DW::DW_FORM_ref1:
        case DW::DW_FORM_ref2:
        case DW::DW_FORM_ref4:
        case DW::DW_FORM_ref8:
        case DW::DW_FORM_ref_udata: {
            const std::uint64_t at = header_.offset + value.number;
            return header_.contains(at) ? std::optional(at) : std::nullopt;
        }
        case DW::DW_FORM_ref_addr: return value.number;
        default: return std::nullopt;
    }
}

}  // namespace symline::dwarf
