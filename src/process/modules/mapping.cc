#include "symline/mapping.h"

#include <algorithm>

namespace symline {

const Mapping* mapping_at(const std::vector<Mapping>& mappings, RuntimeAddress address) {
    auto after = std::ranges::upper_bound(mappings, address, {}, &Mapping::begin);
    if (after == mappings.begin()) return nullptr;
    --after;
    return address < after->end ? &*after : nullptr;
}

}  // namespace symline
