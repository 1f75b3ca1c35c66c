#include "support/program_builder.h"

namespace symline::test {
namespace {

enum Code : std::uint64_t {
    unit = 1,
    unit_without_ranges,
    function_with_children,
    function_alone,
    function_of_origin,
    function_of_ref_addr,
    abstract_instance,
    abstract_specified,
    declared,
    inlined_copy,
    inlined_with_name,
    lexical_block,
    namespace_,
    structure_,
};

}  // namespace

ProgramBuilder::ProgramBuilder() {
    const Attribute name{DW::DW_AT_name, DW::DW_FORM_string};
    const Attribute directory{DW::DW_AT_comp_dir, DW::DW_FORM_string};
    const Attribute low{DW::DW_AT_low_pc, DW::DW_FORM_addr};
    const Attribute high{DW::DW_AT_high_pc, DW::DW_FORM_udata};
    const Attribute lines{DW::DW_AT_stmt_list, DW::DW_FORM_sec_offset};
    const Attribute origin{DW::DW_AT_abstract_origin, DW::DW_FORM_ref4};
    const auto subprogram = DW::DW_TAG_subprogram;
    dwarf_.abbreviation(unit, DW::DW_TAG_compile_unit, true, {name, directory, low, high, lines});
    dwarf_.abbreviation(unit_without_ranges, DW::DW_TAG_compile_unit, true,
                        {name, directory, lines});
    dwarf_.abbreviation(function_with_children, subprogram, true, {name, low, high});
    dwarf_.abbreviation(function_alone, subprogram, false, {name, low, high});
    dwarf_.abbreviation(function_of_origin, subprogram, false, {origin, low, high});
    dwarf_.abbreviation(function_of_ref_addr, subprogram, false,
                        {{DW::DW_AT_abstract_origin, DW::DW_FORM_ref_addr}, low, high});
    dwarf_.abbreviation(abstract_instance, subprogram, false,
                        {name, {DW::DW_AT_inline, DW::DW_FORM_implicit_const, 1}});
    dwarf_.abbreviation(abstract_specified, subprogram, false,
                        {{DW::DW_AT_specification, DW::DW_FORM_ref4}});
    dwarf_.abbreviation(declared, subprogram, false,
                        {name,
                         {DW::DW_AT_linkage_name, DW::DW_FORM_string},
                         {DW::DW_AT_decl_file, DW::DW_FORM_implicit_const, 2},
                         {DW::DW_AT_decl_line, DW::DW_FORM_udata}});
    dwarf_.abbreviation(inlined_copy, DW::DW_TAG_inlined_subroutine, true,
                        {origin,
                         low,
                         high,
                         {DW::DW_AT_call_file, DW::DW_FORM_udata},
                         {DW::DW_AT_call_line, DW::DW_FORM_udata},
                         {DW::DW_AT_call_column, DW::DW_FORM_implicit_const, 3}});
    dwarf_.abbreviation(inlined_with_name, DW::DW_TAG_inlined_subroutine, false,
                        {name, origin, low, high});
    dwarf_.abbreviation(lexical_block, DW::DW_TAG_lexical_block, true, {low, high});
    dwarf_.abbreviation(namespace_, DW::DW_TAG_namespace, true, {});
    dwarf_.abbreviation(structure_, DW::DW_TAG_structure_type, true,
                        {{DW::DW_AT_sibling, DW::DW_FORM_ref4}});
    dwarf_.end_abbreviations();
}

std::uint64_t ProgramBuilder::begin(std::uint64_t code) {
    const std::uint64_t at = here();
    dwarf_.info().uleb(code);
    return at;
}

void ProgramBuilder::place(std::uint64_t low, std::uint64_t size) {
    dwarf_.address(low).uleb(size);
}

std::uint64_t ProgramBuilder::begin_unit(std::uint64_t low, std::uint64_t size) {
    const std::uint64_t start = dwarf_.begin_unit();
    begin(size == 0 ? unit_without_ranges : unit);
    dwarf_.info().string("main.c").string("/usr/src");
    if (size != 0) place(low, size);
    dwarf_.offset(0);
    return start;
}

std::uint64_t ProgramBuilder::function(std::string_view name, std::uint64_t low, std::uint64_t size,
                                       bool children) {
    const auto at = begin(children ? function_with_children : function_alone);
    dwarf_.info().string(name);
    place(low, size);
    return at;
}

std::uint64_t ProgramBuilder::function_of(std::uint64_t origin, std::uint64_t low,
                                          std::uint64_t size) {
    const auto at = begin(function_of_origin);
    dwarf_.info().u32(origin);
    place(low, size);
    return at;
}

std::uint64_t ProgramBuilder::function_of_other_unit(std::uint64_t origin, std::uint64_t low,
                                                     std::uint64_t size) {
    const auto at = begin(function_of_ref_addr);
    dwarf_.offset(origin);
    place(low, size);
    return at;
}

std::uint64_t ProgramBuilder::abstract(std::string_view name) {
    const auto at = begin(abstract_instance);
    dwarf_.info().string(name);
    return at;
}

std::uint64_t ProgramBuilder::abstract_of(std::uint64_t specification) {
    const auto at = begin(abstract_specified);
    dwarf_.info().u32(specification);
    return at;
}

std::uint64_t ProgramBuilder::declaration(std::string_view name, std::string_view linkage_name,
                                          std::uint64_t line) {
    const auto at = begin(declared);
    dwarf_.info().string(name).string(linkage_name).uleb(line);
    return at;
}

std::uint64_t ProgramBuilder::inlined(std::uint64_t origin, std::uint64_t low, std::uint64_t size,
                                      std::uint64_t file, std::uint64_t line) {
    const auto at = begin(inlined_copy);
    dwarf_.info().u32(origin);
    place(low, size);
    dwarf_.info().uleb(file).uleb(line);
    return at;
}

std::uint64_t ProgramBuilder::inlined_named(std::string_view name, std::uint64_t origin,
                                            std::uint64_t low, std::uint64_t size) {
    const auto at = begin(inlined_with_name);
    dwarf_.info().string(name).u32(origin);
    place(low, size);
    return at;
}

std::uint64_t ProgramBuilder::block(std::uint64_t low, std::uint64_t size) {
    const auto at = begin(lexical_block);
    place(low, size);
    return at;
}

std::uint64_t ProgramBuilder::name_space() {
    return begin(namespace_);
}

std::uint64_t ProgramBuilder::structure(std::uint64_t sibling) {
    const auto at = begin(structure_);
    dwarf_.info().u32(sibling);
    return at;
}

}  // namespace symline::test
