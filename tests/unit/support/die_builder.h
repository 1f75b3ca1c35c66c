// Units written DIE by DIE, each with an abbreviation of its own.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "dwarf/dwarf_file.h"
#include "support/program_builder.h"

namespace symline::test {

/// An attribute with the bytes of its value.
struct Value {
    std::uint64_t name = 0, form = 0;
    ByteVector bytes;
    std::int64_t implicit_constant = 0;
};

inline Value text(std::uint64_t name, std::string_view value) {
    return {name, DW::DW_FORM_string, ByteWriter().string(value).data()};
}
inline Value data1(std::uint64_t name, std::uint64_t value) {
    return {name, DW::DW_FORM_data1, ByteWriter().u8(value).data()};
}
inline Value data8(std::uint64_t name, std::uint64_t value) {
    return {name, DW::DW_FORM_data8, ByteWriter().u64(value).data()};
}
inline Value sdata(std::uint64_t name, std::int64_t value) {
    return {name, DW::DW_FORM_sdata, ByteWriter().sleb(value).data()};
}
inline Value ref(std::uint64_t name, std::uint64_t die) {
    return {name, DW::DW_FORM_ref4, ByteWriter().u32(die).data()};
}
inline Value signature(std::uint64_t name, std::uint64_t value) {
    return {name, DW::DW_FORM_ref_sig8, ByteWriter().u64(value).data()};
}
inline Value pc(std::uint64_t name, std::uint64_t address) {
    return {name, DW::DW_FORM_addr, ByteWriter().u64(address).data()};
}
inline Value offset(std::uint64_t name, std::uint64_t value) {
    return {name, DW::DW_FORM_sec_offset, ByteWriter().u32(value).data()};
}
inline Value expression(std::uint64_t name, const ByteVector& bytes) {
    return {name, DW::DW_FORM_exprloc, ByteWriter().uleb(bytes.size()).bytes(bytes).data()};
}
/// DW_AT_location: an offset from the frame base.
inline Value in_frame(std::int64_t at) {
    return expression(DW::DW_AT_location, ByteWriter().u8(DW::DW_OP_fbreg).sleb(at).data());
}
/// DW_AT_location: an address.
inline Value at_address(std::uint64_t address) {
    return expression(DW::DW_AT_location, ByteWriter().u8(DW::DW_OP_addr).u64(address).data());
}

class DieBuilder {
public:
    explicit DieBuilder(std::uint16_t version = 5) : dwarf_({.version = version}) {}

    DwarfBuilder& dwarf() { return dwarf_; }
    /// A unit with code from kText to the end of .text, in C.
    void begin_unit(std::uint8_t language = DW::DW_LANG_C11) {
        dwarf_.begin_unit();
        die(DW::DW_TAG_compile_unit, true,
            {pc(DW::DW_AT_low_pc, kText), data8(DW::DW_AT_high_pc, kTextSize),
             data1(DW::DW_AT_language, language)});
    }
    /// Gives the offset of the DIE from the start of the unit.
    std::uint64_t die(std::uint64_t tag, bool children, const std::vector<Value>& values) {
        const auto at = dwarf_.here();
        ByteWriter& abbreviations = dwarf_.section("abbrev");
        abbreviations.uleb(++code_).uleb(tag).u8(children ? 1 : 0);
        dwarf_.info().uleb(code_);
        for (const Value& value : values) {
            abbreviations.uleb(value.name).uleb(value.form);
            if (value.form == DW::DW_FORM_implicit_const) {
                abbreviations.sleb(value.implicit_constant);
            }
            dwarf_.info().bytes(value.bytes);
        }
        abbreviations.u8(0).u8(0);
        return at;
    }
    std::uint64_t function(std::string_view name, std::uint64_t low, std::uint64_t size) {
        return die(DW::DW_TAG_subprogram, true,
                   {text(DW::DW_AT_name, name), pc(DW::DW_AT_low_pc, low),
                    data8(DW::DW_AT_high_pc, size)});
    }
    std::uint64_t base_type(std::uint64_t size) {
        return die(DW::DW_TAG_base_type, false, {data1(DW::DW_AT_byte_size, size)});
    }
    void end() { dwarf_.info().u8(0); }
    void end_unit() {
        end();
        dwarf_.end_unit();
    }
    /// After the last unit.
    dwarf::DwarfFile& open() {
        dwarf_.end_abbreviations();
        elf_.emplace(dwarf_.open());
        return file_.emplace(elf_->file(), symbols_);
    }

private:
    DwarfBuilder dwarf_;
    std::uint64_t code_ = 0;
    FakeSymbols symbols_;
    std::optional<OwnedElf> elf_;
    std::optional<dwarf::DwarfFile> file_;
};

}  // namespace symline::test
