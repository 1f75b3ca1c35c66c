#include "dwarf/names.h"

namespace symline::dwarf {
namespace {

/// An out-of-line copy -> abstract instance -> declaration is three steps; a cycle never ends.
constexpr int kMaxReferences = 16;

struct OneDie {
    FormValue origin, specification;
};

void read_one(LoadedUnit& unit, std::uint64_t die, FunctionNames& names, OneDie& references) {
    DieWalk walk(unit.unit(), unit.abbreviations(), die);
    if (walk.next() != DieWalk::Step::die) return;
    walk.read_attributes([&](const AttributeSpec& spec, const FormValue& value) {
        switch (spec.name) {
            case DW::DW_AT_name:
                if (names.name.empty()) names.name = unit.unit().string(value);
                break;
            case DW::DW_AT_linkage_name:
            case DW::DW_AT_MIPS_linkage_name:
                if (names.linkage_name.empty()) names.linkage_name = unit.unit().string(value);
                break;
            case DW::DW_AT_decl_file:
                if (names.declared_in == nullptr) {
                    names.declared_in = &unit;
                    names.declaration_file = value.number;
                }
                break;
            case DW::DW_AT_decl_line:
                if (names.declaration_line == 0) names.declaration_line = value.number;
                break;
            case DW::DW_AT_external: names.external |= value.number != 0; break;
            case DW::DW_AT_abstract_origin: references.origin = value; break;
            case DW::DW_AT_specification: references.specification = value; break;
            default: break;
        }
    });
}

FunctionNames names_from(UnitTable::DieReference current, int references_left) {
    FunctionNames names;
    for (int i = 0; i < references_left; ++i) {
        OneDie references;
        read_one(*current.unit, current.die, names, references);
        auto next = current.table->follow(*current.unit, references.origin);
        if (!next) next = current.table->follow(*current.unit, references.specification);
        if (!next) break;
        current = *next;
    }
    return names;
}

bool mangles_names(std::uint64_t language) {
    switch (language) {
        case DW::DW_LANG_C_plus_plus:
        case DW::DW_LANG_C_plus_plus_03:
        case DW::DW_LANG_C_plus_plus_11:
        case DW::DW_LANG_C_plus_plus_14:
        case DW::DW_LANG_C_plus_plus_17:
        case DW::DW_LANG_C_plus_plus_20:
        case DW::DW_LANG_ObjC_plus_plus:
        case DW::DW_LANG_Rust:
        case DW::DW_LANG_D:
        case DW::DW_LANG_Swift: return true;
        default: return false;
    }
}

}  // namespace

bool lacks_linkage_name(const FunctionNames& names, std::uint64_t language) {
    return names.linkage_name.empty() && !names.external && mangles_names(language);
}

bool is_assembly(std::uint64_t language) {
    return language == DW::DW_LANG_Mips_Assembler;
}

FunctionNames function_names(UnitTable& units, LoadedUnit& unit, std::uint64_t die) {
    return names_from({&units, &unit, die}, kMaxReferences);
}

/// The DIE of the call itself, which has been read, is not read again.
FunctionNames function_names(UnitTable& units, LoadedUnit& unit, const InlinedSubroutine& call) {
    const auto origin = call.names_itself ? std::nullopt : units.follow(unit, call.origin);
    return origin ? names_from(*origin, kMaxReferences - 1) : function_names(units, unit, call.die);
}

}  // namespace symline::dwarf
