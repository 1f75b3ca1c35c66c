#include "dwarf/forms.h"

namespace symline::dwarf {
namespace {

/// DW_FORM_indirect may name itself again, which has no use.
constexpr int kMaxIndirections = 1;

void skip_block(Cursor& cursor, std::uint64_t size) {
    cursor.skip(size);
}

constexpr std::uint8_t width_of(std::uint16_t form) {
    switch (form) {
        case DW::DW_FORM_flag_present:
        case DW::DW_FORM_implicit_const: return 0;
        case DW::DW_FORM_data1:
        case DW::DW_FORM_ref1:
        case DW::DW_FORM_flag:
        case DW::DW_FORM_strx1:
        case DW::DW_FORM_addrx1: return 1;
        case DW::DW_FORM_data2:
        case DW::DW_FORM_ref2:
        case DW::DW_FORM_strx2:
        case DW::DW_FORM_addrx2: return 2;
        case DW::DW_FORM_strx3:
        case DW::DW_FORM_addrx3: return 3;
        case DW::DW_FORM_data4:
        case DW::DW_FORM_ref4:
        case DW::DW_FORM_ref_sup4:
        case DW::DW_FORM_strx4:
        case DW::DW_FORM_addrx4: return 4;
        case DW::DW_FORM_data8:
        case DW::DW_FORM_ref8:
        case DW::DW_FORM_ref_sup8:
        case DW::DW_FORM_ref_sig8: return 8;
        case DW::DW_FORM_data16: return 16;
        case DW::DW_FORM_addr: return detail::kAddressWide;
        case DW::DW_FORM_ref_addr: return detail::kReferenceWide;
        case DW::DW_FORM_strp:
        case DW::DW_FORM_line_strp:
        case DW::DW_FORM_strp_sup:
        case DW::DW_FORM_sec_offset:
        case DW::DW_FORM_GNU_strp_alt:
        case DW::DW_FORM_GNU_ref_alt: return detail::kOffsetWide;
        default: return detail::kVariableWidth;
    }
}

constexpr detail::Widths low_forms() {
    detail::Widths widths{};
    for (std::size_t form = 0; form < widths.size(); ++form) {
        widths[form] = width_of(static_cast<std::uint16_t>(form));
    }
    return widths;
}

}  // namespace

namespace detail {

constexpr Widths kLowForms = low_forms();

std::uint8_t high_form_width(std::uint16_t form) {
    return width_of(form);
}

}  // namespace detail

void skip_form(Cursor& cursor, std::uint16_t form, const FormParameters& parameters) {
    for (int indirections = 0; form == DW::DW_FORM_indirect; ++indirections) {
        form = static_cast<std::uint16_t>(cursor.uleb());
        if (indirections == kMaxIndirections) return cursor.fail();
    }
    if (const auto size = fixed_size(form, parameters)) return cursor.skip(*size);
    switch (form) {
        case DW::DW_FORM_udata:
        case DW::DW_FORM_sdata:
        case DW::DW_FORM_ref_udata:
        case DW::DW_FORM_strx:
        case DW::DW_FORM_addrx:
        case DW::DW_FORM_loclistx:
        case DW::DW_FORM_rnglistx:
        case DW::DW_FORM_GNU_addr_index:
        case DW::DW_FORM_GNU_str_index: return cursor.skip_leb();
        case DW::DW_FORM_LLVM_addrx_offset: cursor.skip_leb(); return cursor.skip(4);
        case DW::DW_FORM_string: cursor.string(); return;
        case DW::DW_FORM_block1: return skip_block(cursor, cursor.u8());
        case DW::DW_FORM_block2: return skip_block(cursor, cursor.u16());
        case DW::DW_FORM_block4: return skip_block(cursor, cursor.u32());
        case DW::DW_FORM_block:
        case DW::DW_FORM_exprloc: return skip_block(cursor, cursor.uleb());
        default: return cursor.fail();
    }
}

FormValue read_form(Reader& reader, std::uint16_t form, std::int64_t implicit_constant,
                    const FormParameters& parameters, bool relocated_constants) {
    for (int indirections = 0; form == DW::DW_FORM_indirect; ++indirections) {
        form = static_cast<std::uint16_t>(reader.uleb());
        if (indirections == kMaxIndirections) {
            reader.fail();
            return {};
        }
    }
    FormValue value{form, 0, {}};
    const auto constant = [&](unsigned size) {
        return relocated_constants ? reader.relocated(size) : reader.word(size);
    };
    switch (form) {
        case DW::DW_FORM_implicit_const:
            value.number = static_cast<std::uint64_t>(implicit_constant);
            break;
        case DW::DW_FORM_flag_present: value.number = 1; break;
        case DW::DW_FORM_flag:
        case DW::DW_FORM_ref1:
        case DW::DW_FORM_strx1:
        case DW::DW_FORM_addrx1: value.number = reader.u8(); break;
        case DW::DW_FORM_ref2:
        case DW::DW_FORM_strx2:
        case DW::DW_FORM_addrx2: value.number = reader.u16(); break;
        case DW::DW_FORM_strx3:
        case DW::DW_FORM_addrx3: value.number = reader.u24(); break;
        case DW::DW_FORM_ref4:
        case DW::DW_FORM_ref_sup4:
        case DW::DW_FORM_strx4:
        case DW::DW_FORM_addrx4: value.number = reader.u32(); break;
        case DW::DW_FORM_ref8:
        case DW::DW_FORM_ref_sup8:
        case DW::DW_FORM_ref_sig8: value.number = reader.u64(); break;
        case DW::DW_FORM_data1: value.number = constant(1); break;
        case DW::DW_FORM_data2: value.number = constant(2); break;
        // In DWARF 2 and 3 these two also hold offsets into other sections.
        case DW::DW_FORM_data4:
            value.number = parameters.version < 4 ? reader.relocated(4) : constant(4);
            break;
        case DW::DW_FORM_data8:
            value.number = parameters.version < 4 ? reader.relocated(8) : constant(8);
            break;
        case DW::DW_FORM_addr: value.number = reader.relocated(parameters.address_size); break;
        case DW::DW_FORM_ref_addr:
            value.number = reader.relocated(parameters.reference_size());
            break;
        case DW::DW_FORM_strp:
        case DW::DW_FORM_line_strp:
        case DW::DW_FORM_strp_sup:
        case DW::DW_FORM_sec_offset:
        case DW::DW_FORM_GNU_strp_alt:
        case DW::DW_FORM_GNU_ref_alt:
            value.number = reader.relocated(parameters.offset_size);
            break;
        case DW::DW_FORM_sdata: value.number = static_cast<std::uint64_t>(reader.sleb()); break;
        case DW::DW_FORM_udata:
        case DW::DW_FORM_ref_udata:
        case DW::DW_FORM_strx:
        case DW::DW_FORM_addrx:
        case DW::DW_FORM_rnglistx:
        case DW::DW_FORM_loclistx:
        case DW::DW_FORM_GNU_addr_index:
        case DW::DW_FORM_GNU_str_index: value.number = reader.uleb(); break;
        case DW::DW_FORM_string: value.text = reader.string(); break;
        default: skip_form(reader, form, parameters); break;
    }
    return value;
}

bool is_constant(std::uint16_t form) {
    switch (form) {
        case DW::DW_FORM_data1:
        case DW::DW_FORM_data2:
        case DW::DW_FORM_data4:
        case DW::DW_FORM_data8:
        case DW::DW_FORM_sdata:
        case DW::DW_FORM_udata:
        case DW::DW_FORM_implicit_const: return true;
        default: return false;
    }
}

bool is_supplementary_reference(std::uint16_t form) {
    return form == DW::DW_FORM_GNU_ref_alt || form == DW::DW_FORM_ref_sup4 ||
           form == DW::DW_FORM_ref_sup8;
}

bool is_address(std::uint16_t form) {
    switch (form) {
        case DW::DW_FORM_addr:
        case DW::DW_FORM_addrx:
        case DW::DW_FORM_addrx1:
        case DW::DW_FORM_addrx2:
        case DW::DW_FORM_addrx3:
        case DW::DW_FORM_addrx4:
        case DW::DW_FORM_GNU_addr_index: return true;
        default: return false;
    }
}

}  // namespace symline::dwarf
