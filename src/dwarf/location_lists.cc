#include "dwarf/location_lists.h"

namespace symline::dwarf {
namespace {

using Visit = bool (*)(void*, Bytes);

/// Calls `visit` for an expression of `size` bytes. False when the walk is to end there.
bool visit_expression(Reader& reader, std::uint64_t size, Visit visit, void* context) {
    const Bytes rest = reader.rest();
    reader.skip(size);
    return reader.ok() && visit(context, rest.first(size));
}

/// DWARF 2 to 4. Addresses are passed over, but for the two of them that end the list or change its
/// base.
bool walk_debug_loc(const Unit& unit, Reader reader, Visit visit, void* context) {
    const unsigned width = unit.parameters().address_size;
    const std::uint64_t mark = width >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << width * 8) - 1;
    while (true) {
        const std::uint64_t low = reader.relocated(width);
        const std::uint64_t high = reader.relocated(width);
        if (!reader.ok() || !unit.sections().spend(Work::variables, 1)) return false;
        if (low == 0 && high == 0) return true;
        if (low == mark) continue;
        if (!visit_expression(reader, reader.u16(), visit, context)) return reader.ok();
    }
}

/// Moves past what stands between the kind of an entry and its expression. False for an unknown
/// kind. Lengths take 4 bytes in GNU's split units of DWARF 4.
bool skip_operands(Reader& reader, std::uint8_t kind, const FormParameters& parameters) {
    switch (kind) {
        case DW::DW_LLE_base_addressx: reader.skip_leb(); break;
        case DW::DW_LLE_startx_endx:
        case DW::DW_LLE_offset_pair:
            reader.skip_leb();
            reader.skip_leb();
            break;
        case DW::DW_LLE_startx_length:
            reader.skip_leb();
            if (parameters.version < 5) {
                reader.skip(4);
            } else {
                reader.skip_leb();
            }
            break;
        case DW::DW_LLE_default_location: break;
        case DW::DW_LLE_base_address: reader.skip(parameters.address_size); break;
        case DW::DW_LLE_start_end: reader.skip(std::uint64_t{2} * parameters.address_size); break;
        case DW::DW_LLE_start_length:
            reader.skip(parameters.address_size);
            reader.skip_leb();
            break;
        default: return false;
    }
    return reader.ok();
}

bool has_expression(std::uint8_t kind) {
    return kind != DW::DW_LLE_base_addressx && kind != DW::DW_LLE_base_address;
}

/// DWARF 5, and GNU's split units of DWARF 4, where the size of an expression takes 2 bytes.
bool walk_entries(const Unit& unit, Reader reader, Visit visit, void* context) {
    const FormParameters& parameters = unit.parameters();
    while (true) {
        const std::uint8_t kind = reader.u8();
        if (!reader.ok() || !unit.sections().spend(Work::variables, 1)) return false;
        if (kind == DW::DW_LLE_end_of_list) return true;
        if (!skip_operands(reader, kind, parameters)) return false;
        if (!has_expression(kind)) continue;
        const std::uint64_t size = parameters.version < 5 ? reader.u16() : reader.uleb();
        if (!visit_expression(reader, size, visit, context)) return reader.ok();
    }
}

/// DW_FORM_loclistx: an index into the offsets after the header of the unit's location lists.
std::optional<std::uint64_t> indexed_list(const Unit& unit, std::uint64_t index) {
    const std::uint64_t base = unit.attributes().location_lists.value_or(0);
    const std::uint64_t width = unit.parameters().offset_size;
    const SectionData& lists = unit.sections().get(SectionId::loclists);
    if (index > lists.bytes.size() / width) return std::nullopt;
    Reader reader(lists, unit.sections().big_endian(), base + index * width);
    const std::uint64_t offset = reader.relocated(unit.parameters().offset_size);
    return reader.ok() ? std::optional(base + offset) : std::nullopt;
}

}  // namespace

namespace detail {

bool walk_locations(const Unit& unit, const FormValue& list, Visit visit, void* context) {
    std::optional<std::uint64_t> offset = list.number;
    if (list.form == DW::DW_FORM_loclistx) {
        offset = indexed_list(unit, list.number);
    } else if (list.form != DW::DW_FORM_sec_offset && list.form != DW::DW_FORM_data4 &&
               list.form != DW::DW_FORM_data8) {
        return false;
    }
    if (!offset) return false;
    Sections& sections = unit.sections();
    if (unit.parameters().version >= 5) {
        return walk_entries(unit, sections.reader(SectionId::loclists, *offset), visit, context);
    }
    const Reader reader = sections.reader(SectionId::loc, *offset);
    return sections.skeleton() == nullptr ? walk_debug_loc(unit, reader, visit, context)
                                          : walk_entries(unit, reader, visit, context);
}

}  // namespace detail

}  // namespace symline::dwarf
