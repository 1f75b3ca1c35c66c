// The functions of units, shared by all readers of a file: an address may be in functions of many
// units (linkers let the debug information of each discarded copy of an inline function refer to
// the one that was kept), and then every thread asks for most of the units.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "dwarf/functions.h"

namespace symline::dwarf {

class FunctionStore {
public:
    /// The functions of the unit at `offset`, from `scan()` unless a reader has them. They are kept
    /// as long as a reader holds them.
    template <typename Scan>
    std::shared_ptr<const FunctionIndex> get(std::uint64_t offset, ScanDepth depth, Scan scan) {
        Slot& slot = slot_of(offset, depth);
        const std::scoped_lock lock(slot.scanning);
        auto known = slot.held.lock();
        if (known == nullptr) {
            known = std::make_shared<const FunctionIndex>(scan());
            slot.held = known;
        }
        return known;
    }

private:
    struct Slot {
        std::mutex scanning;
        std::weak_ptr<const FunctionIndex> held;
    };

    Slot& slot_of(std::uint64_t offset, ScanDepth depth) {
        const std::scoped_lock lock(finding_);
        return slots_[{offset, depth}];
    }

    std::mutex finding_;
    std::map<std::pair<std::uint64_t, ScanDepth>, Slot> slots_;
};

}  // namespace symline::dwarf
