// Which compilation units may hold an address, and where each unit begins.
//
// The cheapest source that answers is asked first: .debug_aranges; then, for units that have no set
// in it (compiled by clang, or by gcc with -flto), the ranges of their unit DIEs; then, for units
// that have none there either, the ranges of their functions. The last two read every unit header
// of the file, the first does not.
//
// Each is built once and does not change afterwards: threads that read a file at the same time
// share one index, and with it the functions of each unit.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "dwarf/function_store.h"
#include "dwarf/range_map.h"

namespace symline::dwarf {

class UnitIndex {
public:
    static constexpr int kStages = 3;

    /// The ranges of the source `stage` (0 to 2), mapped to unit offsets; read from `sections` when
    /// first asked for. The stages before it must have been asked for.
    const RangeMap<std::uint64_t>& stage(int stage, Sections& sections);
    /// The headers of all units, by offset.
    const std::vector<UnitHeader>& headers(Sections& sections);
    /// The functions of units, as far as a reader has scanned them.
    FunctionStore& functions() { return functions_; }

private:
    void read_aranges(Sections& sections);
    void read_headers(Sections& sections);
    void index_unit_dies(Sections& sections);
    void index_functions(Sections& sections);

    std::recursive_mutex building_;
    std::atomic<int> stages_ready_ = 0;
    std::atomic<bool> headers_ready_ = false;
    RangeMap<std::uint64_t> ranges_[kStages];
    std::vector<UnitHeader> headers_;
    std::unordered_set<std::uint64_t> with_aranges_;
    std::vector<UnitHeader> without_ranges_;
    FunctionStore functions_;
};

}  // namespace symline::dwarf
