#include "dwarf/forms.h"

namespace symline::dwarf {
namespace {

/// DW_FORM_indirect may name itself again, which has no use.
constexpr int kMaxIndirections = 1;

/// Takes the form that DW_FORM_indirect names in place of it. False, and the cursor failed, where
/// that is DW_FORM_indirect again.
bool follow_indirect(Cursor& cursor, std::uint16_t& form) {
    for (int indirections = 0; form == DW::DW_FORM_indirect; ++indirections) {
        form = static_cast<std::uint16_t>(cursor.uleb());
        if (indirections < kMaxIndirections) continue;
        cursor.fail();
        return false;
    }
    return true;
}

/// The size of a block, which the bytes follow.
std::uint64_t block_size(Cursor& cursor, std::uint16_t form) {
    switch (form) {
        case DW::DW_FORM_block1: return cursor.u8();
        case DW::DW_FORM_block2: return cursor.u16();
        case DW::DW_FORM_block4: return cursor.u32();
        default: return cursor.uleb();
    }
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
    if (!follow_indirect(cursor, form)) return;
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
        case DW::DW_FORM_block1:
        case DW::DW_FORM_block2:
        case DW::DW_FORM_block4:
        case DW::DW_FORM_block:
        case DW::DW_FORM_exprloc: return cursor.skip(block_size(cursor, form));
        default: return cursor.fail();
    }
}

namespace {

/// A value that stands in the section as it is: indexes, references inside of the unit, LEB128. 0
/// for forms that are skipped.
std::uint64_t read_unrelocated(Reader& reader, std::uint16_t form,
                               const FormParameters& parameters) {
    switch (form) {
        case DW::DW_FORM_flag:
        case DW::DW_FORM_ref1:
        case DW::DW_FORM_strx1:
        case DW::DW_FORM_addrx1: return reader.u8();
        case DW::DW_FORM_ref2:
        case DW::DW_FORM_strx2:
        case DW::DW_FORM_addrx2: return reader.u16();
        case DW::DW_FORM_strx3:
        case DW::DW_FORM_addrx3: return reader.u24();
        case DW::DW_FORM_ref4:
        case DW::DW_FORM_ref_sup4:
        case DW::DW_FORM_strx4:
        case DW::DW_FORM_addrx4: return reader.u32();
        case DW::DW_FORM_ref8:
        case DW::DW_FORM_ref_sup8:
        case DW::DW_FORM_ref_sig8: return reader.u64();
        case DW::DW_FORM_sdata: return static_cast<std::uint64_t>(reader.sleb());
        case DW::DW_FORM_udata:
        case DW::DW_FORM_ref_udata:
        case DW::DW_FORM_strx:
        case DW::DW_FORM_addrx:
        case DW::DW_FORM_rnglistx:
        case DW::DW_FORM_loclistx:
        case DW::DW_FORM_GNU_addr_index:
        case DW::DW_FORM_GNU_str_index: return reader.uleb();
        default: skip_form(reader, form, parameters); return 0;
    }
}

/// The bytes of a block; none when there are fewer.
std::string_view read_block(Reader& reader, std::uint16_t form) {
    const std::uint64_t size = block_size(reader, form);
    const Bytes rest = reader.rest();
    reader.skip(size);
    return reader.ok() ? std::string_view(reinterpret_cast<const char*>(rest.data()), size)
                       : std::string_view{};
}

}  // namespace

FormValue read_form(Reader& reader, std::uint16_t form, std::int64_t implicit_constant,
                    const FormParameters& parameters, Constants constants) {
    if (!follow_indirect(reader, form)) return {};
    FormValue value{form, 0, {}};
    const auto constant = [&](unsigned size) {
        return constants == Constants::relocated ? reader.relocated(size) : reader.word(size);
    };
    // In DWARF 2 and 3 data4 and data8 also hold offsets into other sections.
    const auto constant_or_offset = [&](unsigned size) {
        return parameters.version < 4 ? reader.relocated(size) : constant(size);
    };
    switch (form) {
        case DW::DW_FORM_implicit_const:
            value.number = static_cast<std::uint64_t>(implicit_constant);
            break;
        case DW::DW_FORM_flag_present: value.number = 1; break;
        case DW::DW_FORM_data1: value.number = constant(1); break;
        case DW::DW_FORM_data2: value.number = constant(2); break;
        case DW::DW_FORM_data4: value.number = constant_or_offset(4); break;
        case DW::DW_FORM_data8: value.number = constant_or_offset(8); break;
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
        case DW::DW_FORM_string: value.text = reader.string(); break;
        case DW::DW_FORM_block1:
        case DW::DW_FORM_block2:
        case DW::DW_FORM_block4:
        case DW::DW_FORM_block:
        case DW::DW_FORM_exprloc: value.text = read_block(reader, form); break;
        default: value.number = read_unrelocated(reader, form, parameters); break;
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

bool is_block(std::uint16_t form) {
    switch (form) {
        case DW::DW_FORM_block1:
        case DW::DW_FORM_block2:
        case DW::DW_FORM_block4:
        case DW::DW_FORM_block:
        case DW::DW_FORM_exprloc: return true;
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
