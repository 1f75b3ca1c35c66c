// Which units may hold an address, and where each unit begins.
//
// The cheapest source that answers is asked first: .debug_aranges; then, for units that have no set
// in it (compiled by clang, or by gcc with -flto), the ranges of their unit DIEs; then, for units
// that say nothing there either, the ranges of their functions. The later two read every unit
// header of the file, the first does not.
//
// All of it is built once, and not changed after: threads that read a file at the same time share
// one, and with it what each of them learns of the functions of a unit.
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

    /// The ranges, to unit offsets, that the source `stage` (0 to 2) has; read from `sections` when
    /// it is first asked for. The stages before it must have been asked for.
    const RangeMap<std::uint64_t>& stage(int stage, const Sections& sections);
    /// Of all units, by offset.
    const std::vector<UnitHeader>& headers(const Sections& sections);
    /// What is known of the functions of units by now.
    FunctionStore& functions() { return functions_; }

private:
    void read_aranges(const Sections& sections);
    void read_headers(const Sections& sections);
    void index_unit_dies(const Sections& sections);
    void index_functions(const Sections& sections);

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
