// Address ranges of a DIE: DW_AT_low_pc and DW_AT_high_pc, or a list in .debug_ranges (DWARF 2 to
// 4, section 2.17.3 of DWARF 4) or .debug_rnglists (DWARF 5 section 2.17.3).
#pragma once

#include <cstdint>

#include "dwarf/unit.h"

namespace symline::dwarf {

/// [low, high)
struct AddressRange {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    bool contains(std::uint64_t address) const { return address >= low && address < high; }
};

/// The three attributes that say where a DIE's code is.
struct PcAttributes {
    FormValue low_pc;
    FormValue high_pc;
    FormValue ranges;

    explicit operator bool() const { return ranges || (low_pc && high_pc); }
    static bool is_one(std::uint16_t name) {
        return name == DW::DW_AT_low_pc || name == DW::DW_AT_high_pc || name == DW::DW_AT_ranges;
    }
    void set(std::uint16_t name, const FormValue& value) {
        if (name == DW::DW_AT_low_pc) low_pc = value;
        if (name == DW::DW_AT_high_pc) high_pc = value;
        if (name == DW::DW_AT_ranges) ranges = value;
    }
};

namespace detail {
bool walk_list(const Unit& unit, const FormValue& ranges, bool (*visit)(void*, AddressRange),
               void* context);
}

/// Calls `visit(AddressRange) -> bool` for every range that is not empty, until it returns false.
/// Returns false when the ranges are damaged; those before the damage have been visited.
template <typename Visit>
bool for_each_range(const Unit& unit, const PcAttributes& pc, Visit visit) {
    if (pc.ranges) {
        return detail::walk_list(
            unit, pc.ranges,
            [](void* context, AddressRange range) {
                return (*static_cast<Visit*>(context))(range);
            },
            &visit);
    }
    const auto low = unit.address(pc.low_pc);
    if (!low || !pc.high_pc) return true;
    const auto high = is_constant(pc.high_pc.form) ? std::optional(*low + pc.high_pc.number)
                                                   : unit.address(pc.high_pc);
    if (!high) return false;
    if (*low < *high) visit(AddressRange{*low, *high});
    return true;
}

/// Whether one of the DIE's ranges holds `address`.
bool covers(const Unit& unit, const PcAttributes& pc, std::uint64_t address);

}  // namespace symline::dwarf
