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
                names.unreadable |= names.linkage_name.empty();
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
        if (!next) {
            names.unreadable |= references.origin || references.specification;
            break;
        }
        current = *next;
    }
    return names;
}

/// What the symbols of functions are called in a language, as far as DWARF can say it.
enum class SymbolNaming {
    plain,    ///< DW_AT_name, or it is of no concern that a symbol says more (".isra.0")
    mangled,  ///< DW_AT_linkage_name; functions that are local to a unit may lack it
    /// Not DW_AT_name, and no compiler writes DW_AT_linkage_name for all: gfortran's MAIN__ for
    /// DW_AT_name "p" of a program, gnat's "adap__sort.12" and Go's "memmove.abi0". Those of
    /// binutils' addr2line, which takes the symbol's name there (bfd/dwarf2.c, non_mangled()).
    other,
};

SymbolNaming symbol_naming(std::uint64_t language) {
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
        case DW::DW_LANG_Swift: return SymbolNaming::mangled;
        case DW::DW_LANG_Ada95:
        case DW::DW_LANG_Ada2005:
        case DW::DW_LANG_Ada2012:
        case DW::DW_LANG_Fortran90:
        case DW::DW_LANG_Fortran95:
        case DW::DW_LANG_Fortran03:
        case DW::DW_LANG_Fortran08:
        case DW::DW_LANG_Fortran18:
        case DW::DW_LANG_Go:
        case DW::DW_LANG_Modula2:
        case DW::DW_LANG_Modula3:
        case DW::DW_LANG_ObjC:
        case DW::DW_LANG_Haskell:
        case DW::DW_LANG_OCaml: return SymbolNaming::other;
        default: return SymbolNaming::plain;
    }
}

}  // namespace

bool lacks_linkage_name(const FunctionNames& names, std::uint64_t language) {
    if (!names.linkage_name.empty()) return false;
    switch (symbol_naming(language)) {
        case SymbolNaming::mangled: return !names.external || names.unreadable;
        case SymbolNaming::other: return true;
        case SymbolNaming::plain: break;
    }
    return false;
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
