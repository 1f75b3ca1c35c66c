#include "support/line_builder.h"

namespace symline::test {

LineBuilder::LineBuilder(DwarfBuilder& dwarf, LineOptions options)
    : dwarf_(&dwarf), out_(&dwarf.section("line")), options_(std::move(options)) {
    const DwarfKind& kind = dwarf.kind();
    start_ = dwarf.begin_length(*out_);
    out_->u16(kind.version);
    if (kind.version >= 5) out_->u8(kind.address_size()).u8(0);
    const std::uint64_t length = out_->size();
    out_->word(0, kind.offset_size).u8(options_.minimum_instruction_length);
    if (kind.version >= 4) out_->u8(options_.maximum_operations);
    out_->u8(1).u8(static_cast<std::uint8_t>(options_.line_base)).u8(options_.line_range);
    out_->u8(opcode_base()).bytes(options_.opcode_lengths);
    write_tables();
    out_->patch(length, out_->size() - length - kind.offset_size, kind.offset_size);
}

void LineBuilder::write_tables() {
    if (dwarf_->kind().version < 5) {
        out_->string("include").u8(0);
        out_->string("main.c").uleb(0).uleb(0).uleb(0);
        out_->string("far.h").uleb(1).uleb(1000).uleb(2000).u8(0);
        return;
    }
    out_->u8(1).uleb(DW::DW_LNCT_path).uleb(DW::DW_FORM_string);
    out_->uleb(2).string("/usr/src").string("include");
    out_->u8(3).uleb(DW::DW_LNCT_path).uleb(DW::DW_FORM_string);
    out_->uleb(DW::DW_LNCT_directory_index).uleb(DW::DW_FORM_udata);
    out_->uleb(DW::DW_LNCT_MD5).uleb(DW::DW_FORM_data16);
    out_->uleb(3);
    for (const auto& [name, directory] : {std::pair{"main.c", 0}, {"main.c", 0}, {"far.h", 1}}) {
        out_->string(name).uleb(static_cast<std::uint64_t>(directory)).zeros(16);
    }
}

}  // namespace symline::test
