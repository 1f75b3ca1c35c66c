// .debug_aranges: which unit holds an address (DWARF 5 section 6.1.2).
#pragma once

#include "dwarf/range_map.h"

namespace symline::dwarf {

/// Calls `visit(std::uint64_t unit_offset, AddressRange)` for every range of every set; they
/// include those of discarded functions. A damaged set ends the walk.
template <typename Visit>
void for_each_arange(Sections& sections, Visit visit) {
    Reader reader = sections.reader(SectionId::aranges);
    while (!reader.at_end()) {
        const std::uint64_t start = reader.offset();
        unsigned offset_size = 4;
        std::uint64_t length = reader.u32();
        if (length == DW::DW_LENGTH_DWARF64) {
            offset_size = 8;
            length = reader.u64();
        }
        if (!reader.ok() || length > reader.remaining()) {
            return sections.note_problem("damaged debug information: .debug_aranges");
        }
        const std::uint64_t end = reader.offset() + length;
        reader.skip(2);  // version
        const std::uint64_t unit = reader.relocated(offset_size);
        const unsigned width = reader.u8();
        const unsigned segment = reader.u8();
        // The first tuple stands at a multiple of the tuple's size from the start of the set.
        const std::uint64_t tuple = 2 * std::uint64_t{width} + segment;
        if (tuple != 0) reader.skip((tuple - (reader.offset() - start) % tuple) % tuple);
        while (reader.ok() && tuple != 0 && reader.offset() + tuple <= end) {
            reader.skip(segment);
            const std::uint64_t low = reader.relocated(width);
            const std::uint64_t size =
                sections.relocates_constants() ? reader.relocated(width) : reader.word(width);
            if (low == 0 && size == 0) break;
            if (low + size > low) visit(unit, AddressRange{low, low + size});
        }
        if (!reader.ok()) return sections.note_problem("damaged debug information: .debug_aranges");
        reader.seek(end);
    }
}

}  // namespace symline::dwarf
