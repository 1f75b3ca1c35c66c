#include "support/dwarf_builder.h"

namespace symline::test {

void DwarfBuilder::abbreviation(std::uint64_t code, std::uint64_t tag, bool children,
                                std::initializer_list<Attribute> attributes) {
    ByteWriter& out = section("abbrev");
    out.uleb(code).uleb(tag).u8(children ? 1 : 0);
    for (const Attribute& attribute : attributes) {
        out.uleb(attribute.name).uleb(attribute.form);
        if (attribute.form == DW::DW_FORM_implicit_const) out.sleb(attribute.implicit_constant);
    }
    out.u8(0).u8(0);
}

std::uint64_t DwarfBuilder::begin_length(ByteWriter& out) const {
    const std::uint64_t start = out.size();
    if (kind_.offset_size == 8) out.u32(0xffff'ffff);
    out.word(0, kind_.offset_size);
    return start;
}

void DwarfBuilder::end_length(ByteWriter& out, std::uint64_t start) const {
    const std::uint64_t field = start + (kind_.offset_size == 8 ? 4 : 0);
    out.patch(field, out.size() - field - kind_.offset_size, kind_.offset_size);
}

std::uint64_t DwarfBuilder::begin_unit(std::uint8_t type, std::uint64_t abbreviations) {
    unit_ = begin_length(info());
    info().u16(kind_.version);
    if (kind_.version >= 5) {
        info().u8(type).u8(kind_.address_size());
        offset(abbreviations);
        if (type == DW::DW_UT_skeleton || type == DW::DW_UT_split_compile) info().u64(0x1234);
        if (type == DW::DW_UT_type || type == DW::DW_UT_split_type) {
            info().u64(0x1234).word(0, kind_.offset_size);
        }
    } else {
        offset(abbreviations);
        info().u8(kind_.address_size());
    }
    return unit_;
}

void DwarfBuilder::end_unit() {
    end_length(info(), unit_);
}

std::uint64_t DwarfBuilder::str(std::string_view text) {
    ByteWriter& out = section("str");
    const std::uint64_t at = out.size();
    out.string(text);
    return at;
}

ByteVector DwarfBuilder::build() {
    elf_->add_code(".text", kText, kTextSize);
    elf_->add_code(".text.unlikely", kCold, kColdSize);
    for (const auto& [name, bytes] : sections_) {
        elf_->add({.name = ".debug_" + name, .bytes = bytes.data()});
    }
    return elf_->build();
}

}  // namespace symline::test
