// Address ranges of a DIE: DW_AT_low_pc and DW_AT_high_pc, or a list in .debug_ranges (DWARF 2 to
// 4, section 2.17.3 of DWARF 4) or .debug_rnglists (DWARF 5 section 2.17.3).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "dwarf/unit.h"

namespace symline::dwarf {

/// [low, high)
struct AddressRange {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    bool contains(std::uint64_t address) const { return address >= low && address < high; }
    AddressRange overlap(AddressRange other) const {
        return {std::max(low, other.low), std::min(high, other.high)};
    }
};

/// An attribute's value without text: half of a FormValue, for these are read most often.
struct PcValue {
    std::uint64_t number = 0;
    std::uint16_t form = 0;  ///< 0: the attribute is absent

    PcValue() = default;
    PcValue(const FormValue& value) : number(value.number), form(value.form) {}
    operator FormValue() const { return {form, number, {}}; }
    explicit operator bool() const { return form != 0; }
};

/// The three attributes that say where a DIE's code is.
struct PcAttributes {
    PcValue low_pc;
    PcValue high_pc;
    PcValue ranges;

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
/// The range from DW_AT_low_pc to DW_AT_high_pc unless it is empty; `whole` becomes false when it
/// is damaged.
std::optional<AddressRange> low_to_high(const Unit& unit, const PcAttributes& pc, bool& whole);
}  // namespace detail

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
    bool whole = true;
    const auto range = detail::low_to_high(unit, pc, whole);
    if (range) visit(*range);
    return whole;
}

/// The first of the DIE's ranges that holds `address`.
std::optional<AddressRange> range_holding(const Unit& unit, const PcAttributes& pc,
                                          std::uint64_t address);

/// Where a DIE's code begins: DW_AT_low_pc, or the begin of the first range listed that is not
/// empty, which need not be the lowest one (DWARF 5 section 2.17.3: the base address).
std::optional<std::uint64_t> base_of_code(const Unit& unit, const PcAttributes& pc);

/// Where it is entered: DW_AT_entry_pc, an address or a distance from where the code begins; else
/// that (DWARF 5 section 2.18).
std::optional<std::uint64_t> entry_of_code(const Unit& unit, const PcAttributes& pc,
                                           const PcValue& entry_pc);

}  // namespace symline::dwarf
