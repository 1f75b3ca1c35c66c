// The inlined subroutines (DW_TAG_inlined_subroutine) of one function that hold an address.
#pragma once

#include <cstdint>
#include <vector>

#include "dwarf/die_walk.h"
#include "dwarf/ranges.h"

namespace symline::dwarf {

/// One DW_TAG_inlined_subroutine.
struct InlinedSubroutine {
    std::uint64_t die = 0;        ///< offset in .debug_info
    FormValue origin;             ///< DW_AT_abstract_origin: which function was inlined
    AddressRange range;           ///< the one of its ranges that holds the address
    std::uint64_t call_file = 0;  ///< index in the unit's line table
    std::uint64_t call_line = 0;
    std::uint64_t call_column = 0;
    std::uint64_t call_discriminator = 0;
    bool has_call_file = false;
    bool names_itself = false;  ///< the DIE has attributes that are the abstract origin's elsewhere

    /// Sets the member of an attribute of the DIE, if it has one.
    void set(std::uint16_t name, const FormValue& value) {
        switch (name) {
            case DW::DW_AT_abstract_origin: origin = value; break;
            case DW::DW_AT_call_file:
                call_file = value.number;
                has_call_file = true;
                break;
            case DW::DW_AT_call_line: call_line = value.number; break;
            case DW::DW_AT_call_column: call_column = value.number; break;
            case DW::DW_AT_GNU_discriminator: call_discriminator = value.number; break;
            case DW::DW_AT_name:
            case DW::DW_AT_linkage_name:
            case DW::DW_AT_MIPS_linkage_name:
            case DW::DW_AT_specification:
            case DW::DW_AT_decl_file:
            case DW::DW_AT_decl_line:
            case DW::DW_AT_external: names_itself = true; break;
            default: break;
        }
    }
};

/// Whether what is inlined lies within the ranges of what it is inlined into. DWARF 2 has no list
/// of ranges: there gcc -gstrict-dwarf gives one of several (12.2), and others lie elsewhere.
inline bool nests_ranges(const Unit& unit) {
    return unit.header().parameters.version > 2;
}

/// The chain of inlined subroutines at `address` in the function whose DIE is at `function`,
/// outermost first. The tree is read down the one path that holds the address.
std::vector<InlinedSubroutine> inlined_at(const Unit& unit, const AbbreviationTable& abbreviations,
                                          std::uint64_t function, std::uint64_t address);

}  // namespace symline::dwarf
