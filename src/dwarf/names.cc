#include "dwarf/names.h"

namespace symline::dwarf {
namespace {

/// An out-of-line copy -> abstract instance -> declaration is three steps; a cycle never ends.
constexpr int kMostReferences = 16;

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
            case DW::DW_AT_abstract_origin: references.origin = value; break;
            case DW::DW_AT_specification: references.specification = value; break;
            default: break;
        }
    });
}

}  // namespace

FunctionNames function_names(UnitTable& units, LoadedUnit& unit, std::uint64_t die) {
    FunctionNames names;
    LoadedUnit* current = &unit;
    for (int i = 0; i < kMostReferences && current != nullptr; ++i) {
        OneDie references;
        read_one(*current, die, names, references);
        auto next = current->unit().reference(references.origin);
        if (!next) next = current->unit().reference(references.specification);
        if (!next) break;
        die = *next;
        if (!current->unit().header().contains(die)) current = units.containing(die);
    }
    return names;
}

}  // namespace symline::dwarf
