#include "dwarf/ranges.h"

namespace symline::dwarf {
namespace {

/// The largest value of an address: the mark of a base address entry before DWARF 5.
std::uint64_t max_address(const Unit& unit) {
    const unsigned bits = unit.parameters().address_size * 8U;
    return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

template <typename Visit>
bool walk_debug_ranges(const Unit& unit, std::uint64_t offset, const Visit& visit) {
    Reader reader = unit.sections().reader(SectionId::ranges, unit.old_ranges_base() + offset);
    const unsigned width = unit.parameters().address_size;
    const std::uint64_t mark = max_address(unit);
    std::uint64_t base = unit.base_address();
    while (true) {
        const std::uint64_t low = reader.relocated(width);
        const std::uint64_t high = reader.relocated(width);
        if (!reader.ok() || !unit.sections().spend(Work::listed_ranges, 1)) return false;
        if (low == 0 && high == 0) return true;
        // The largest address twice is no base but the pair of a discarded function, as lld writes
        // it with "-z dead-reloc-in-nonalloc=.debug_*=-1".
        if (low == mark && high == mark) continue;
        if (low == mark) {
            base = high;
        } else if (!visit((base + low) & mark, (base + high) & mark)) {
            return true;
        }
    }
}

template <typename Visit>
bool walk_range_list(const Unit& unit, std::uint64_t offset, const Visit& visit) {
    Reader reader = unit.sections().reader(SectionId::rnglists, offset);
    const unsigned width = unit.parameters().address_size;
    const std::uint64_t mask = max_address(unit);
    // A linker writes the largest addresses where it discarded the code (DWARF issue 200609.1).
    const auto discarded = [&](std::uint64_t address) { return address >= mask - 1; };
    const auto indexed = [&](std::uint64_t index) {
        return unit.address({DW::DW_FORM_addrx, index, {}});
    };
    std::uint64_t base = unit.base_address();
    while (true) {
        const std::uint8_t kind = reader.u8();
        std::optional<std::uint64_t> low, high;
        if (!reader.ok() || !unit.sections().spend(Work::listed_ranges, 1)) return false;
        switch (kind) {
            case DW::DW_RLE_end_of_list: return true;
            case DW::DW_RLE_base_addressx: base = indexed(reader.uleb()).value_or(mask); continue;
            case DW::DW_RLE_base_address: base = reader.relocated(width); continue;
            case DW::DW_RLE_startx_endx:
                low = indexed(reader.uleb());
                high = indexed(reader.uleb());
                break;
            case DW::DW_RLE_startx_length:
                low = indexed(reader.uleb());
                high = low.value_or(0) + reader.uleb();
                break;
            case DW::DW_RLE_offset_pair: {
                const std::uint64_t from = reader.uleb();
                const std::uint64_t to = reader.uleb();
                if (discarded(base)) continue;
                low = (base + from) & mask;
                high = (base + to) & mask;
                break;
            }
            case DW::DW_RLE_start_end:
                low = reader.relocated(width);
                high = reader.relocated(width);
                break;
            case DW::DW_RLE_start_length:
                low = reader.relocated(width);
                high = *low + reader.uleb();
                break;
            default: return false;
        }
        if (!reader.ok()) return false;
        if (low && high && !discarded(*low) && !visit(*low, *high)) return true;
    }
}

/// DW_FORM_rnglistx: an index into the offsets after the header of the unit's range lists.
std::optional<std::uint64_t> indexed_list(const Unit& unit, std::uint64_t index) {
    const std::uint64_t base = unit.attributes().range_lists.value_or(0);
    const std::uint64_t width = unit.parameters().offset_size;
    const SectionData& lists = unit.sections().get(SectionId::rnglists);
    if (index > lists.bytes.size() / width) return std::nullopt;
    Reader reader(lists, unit.sections().big_endian(), base + index * width);
    const std::uint64_t offset = reader.relocated(unit.parameters().offset_size);
    return reader.ok() ? std::optional(base + offset) : std::nullopt;
}

/// Calls `visit(low, high) -> bool` for every entry, empty ones too, until it returns false.
template <typename Visit>
bool walk(const Unit& unit, const FormValue& ranges, const Visit& visit) {
    std::optional<std::uint64_t> offset = ranges.number;
    if (ranges.form == DW::DW_FORM_rnglistx) offset = indexed_list(unit, ranges.number);
    if (!offset) return false;
    return unit.parameters().version >= 5 ? walk_range_list(unit, *offset, visit)
                                          : walk_debug_ranges(unit, *offset, visit);
}

}  // namespace

namespace detail {

bool walk_list(const Unit& unit, const FormValue& ranges, bool (*visit)(void*, AddressRange),
               void* context) {
    return walk(unit, ranges, [&](std::uint64_t low, std::uint64_t high) {
        return low >= high || visit(context, AddressRange{low, high});
    });
}

std::optional<AddressRange> low_to_high(const Unit& unit, const PcAttributes& pc, bool& whole) {
    const auto low = unit.address(pc.low_pc);
    if (!low || !pc.high_pc) return std::nullopt;
    const auto high = is_constant(pc.high_pc.form) ? std::optional(*low + pc.high_pc.number)
                                                   : unit.address(pc.high_pc);
    whole = high.has_value();
    if (!high || *low >= *high) return std::nullopt;
    return AddressRange{*low, *high};
}

}  // namespace detail

std::optional<AddressRange> range_holding(const Unit& unit, const PcAttributes& pc,
                                          std::uint64_t address) {
    std::optional<AddressRange> found;
    if (pc.ranges) {
        walk(unit, pc.ranges, [&](std::uint64_t low, std::uint64_t high) {
            const AddressRange range{low, high};
            if (range.contains(address)) found = range;
            return !found;
        });
        return found;
    }
    bool whole = true;
    found = detail::low_to_high(unit, pc, whole);
    return found && found->contains(address) ? found : std::nullopt;
}

}  // namespace symline::dwarf
