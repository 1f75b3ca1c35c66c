#include "dwarf/split_listing.h"

#include "dwarf/split_units.h"

namespace symline::dwarf {

std::vector<ListedSplit> list_splits(const elf::ElfFile& file, CompanionFiles& companions) {
    std::vector<ListedSplit> listed;
    Sections sections(file, &companions);
    UnitTable table(sections);
    SplitUnits splits(sections, &companions);
    for (const UnitHeader& header : table.headers()) {
        if (!header.may_have_code() || !Unit(sections, header).is_skeleton()) continue;
        LoadedUnit* skeleton = table.containing(header.first_die);
        if (skeleton == nullptr) continue;
        const Unit& unit = skeleton->unit();
        ListedSplit& split = listed.emplace_back();
        split.name = unit.string(unit.attributes().split_name);
        splits.start_lookup();
        if (const SplitUnit* found = splits.find(*skeleton)) {
            split.path = found->path();
            split.in_package = found->in_package();
        }
    }
    return listed;
}

}  // namespace symline::dwarf
