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

/// Reads the entries of a range list of DWARF 5 (section 2.17.3).
class RangeListReader {
public:
    RangeListReader(const Unit& unit, std::uint64_t offset)
        : unit_(unit),
          reader_(unit.sections().reader(SectionId::rnglists, offset)),
          width_(unit.parameters().address_size),
          mask_(max_address(unit)),
          base_(unit.base_address()) {}

    /// `other`: an entry that changes the base address, or a range that is not code.
    enum class Entry { range, other, end_of_list, damaged };

    /// Reads the next entry: low() and high() are those of a range.
    Entry next() {
        const std::uint8_t kind = reader_.u8();
        if (!reader_.ok() || !unit_.sections().spend(Work::listed_ranges, 1)) return Entry::damaged;
        low_.reset();
        high_.reset();
        if (kind == DW::DW_RLE_end_of_list) return Entry::end_of_list;
        if (!read(kind) || !reader_.ok()) return Entry::damaged;
        return low_ && high_ && !discarded(*low_) ? Entry::range : Entry::other;
    }
    std::uint64_t low() const { return *low_; }
    std::uint64_t high() const { return *high_; }

private:
    /// A linker writes the largest addresses where it discarded the code (DWARF issue 200609.1).
    bool discarded(std::uint64_t address) const { return address >= mask_ - 1; }
    std::optional<std::uint64_t> indexed() {
        return unit_.address({DW::DW_FORM_addrx, reader_.uleb(), {}});
    }
    /// Reads what follows a kind of entry. False for an unknown one.
    bool read(std::uint8_t kind) {
        switch (kind) {
            case DW::DW_RLE_base_addressx: base_ = indexed().value_or(mask_); break;
            case DW::DW_RLE_base_address: base_ = reader_.relocated(width_); break;
            case DW::DW_RLE_startx_endx:
                low_ = indexed();
                high_ = indexed();
                break;
            case DW::DW_RLE_startx_length:
                low_ = indexed();
                high_ = low_.value_or(0) + reader_.relocated_uleb();
                break;
            case DW::DW_RLE_offset_pair: read_offset_pair(); break;
            case DW::DW_RLE_start_end:
                low_ = reader_.relocated(width_);
                high_ = reader_.relocated(width_);
                break;
            case DW::DW_RLE_start_length:
                low_ = reader_.relocated(width_);
                high_ = *low_ + reader_.relocated_uleb();
                break;
            default: return false;
        }
        return true;
    }
    void read_offset_pair() {
        const std::uint64_t from = reader_.relocated_uleb();
        const std::uint64_t to = reader_.relocated_uleb();
        if (discarded(base_)) return;
        low_ = (base_ + from) & mask_;
        high_ = (base_ + to) & mask_;
    }

    const Unit& unit_;
    Reader reader_;
    unsigned width_;
    std::uint64_t mask_, base_;
    std::optional<std::uint64_t> low_, high_;
};

template <typename Visit>
bool walk_range_list(const Unit& unit, std::uint64_t offset, const Visit& visit) {
    RangeListReader list(unit, offset);
    while (true) {
        switch (list.next()) {
            case RangeListReader::Entry::range:
                if (!visit(list.low(), list.high())) return true;
                break;
            case RangeListReader::Entry::other: break;
            case RangeListReader::Entry::end_of_list: return true;
            case RangeListReader::Entry::damaged: return false;
        }
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

std::optional<std::uint64_t> base_of_code(const Unit& unit, const PcAttributes& pc) {
    std::optional<std::uint64_t> low;
    for_each_range(unit, pc, [&](AddressRange range) {
        low = range.low;
        return false;
    });
    return low;
}

std::optional<std::uint64_t> entry_of_code(const Unit& unit, const PcAttributes& pc,
                                           const PcValue& entry_pc) {
    if (!entry_pc) return base_of_code(unit, pc);
    if (is_address(entry_pc.form)) return unit.address(entry_pc);
    const auto base = base_of_code(unit, pc);
    return base ? std::optional(*base + entry_pc.number) : std::nullopt;
}

}  // namespace symline::dwarf
