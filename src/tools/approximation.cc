#include "tools/approximation.h"

#include <cstdint>

namespace symline::tools {
namespace {

/// Compilers give line 0 to single instructions; a long run of it has no neighbour worth naming.
constexpr std::uint64_t kMaxDistance = 256;

bool same_functions(const Lookup& a, const Lookup& b) {
    if (a.frames.size() != b.frames.size()) return false;
    for (std::size_t i = 0; i < a.frames.size(); ++i) {
        if (a.frames[i].linkage_or_name() != b.frames[i].linkage_or_name()) return false;
    }
    return true;
}

}  // namespace

output::Precision approximate_line(const Module& module, FileAddress address,
                                   Approximation direction, Lookup& lookup) {
    if (direction == Approximation::none || lookup.frames.empty()) return output::Precision::exact;
    const auto& location = lookup.frames.front().location;
    if (location.line != 0 || location.file.empty()) return output::Precision::exact;
    for (std::uint64_t distance = 1; distance <= kMaxDistance; ++distance) {
        const auto value = direction == Approximation::before ? address.value - distance
                                                              : address.value + distance;
        const auto neighbour = module.lookup(FileAddress{value});
        if (!neighbour || !same_functions(lookup, *neighbour)) return output::Precision::exact;
        if (neighbour->frames.front().location.line != 0) {
            lookup.frames.front().location = neighbour->frames.front().location;
            return output::Precision::approximate;
        }
    }
    return output::Precision::exact;
}

}  // namespace symline::tools
