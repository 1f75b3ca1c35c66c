#include "dwarf/work_budget.h"

#include <doctest/doctest.h>

using symline::dwarf::Work;
using symline::dwarf::WorkBudget;

TEST_CASE("a budget grows with the file, and is smaller for a split unit") {
    constexpr std::uint64_t kBase = std::uint64_t{1} << 19;  // of indexed_ranges
    WorkBudget small(0, WorkBudget::Kind::whole_file);
    CHECK(small.spend(Work::indexed_ranges, kBase));
    CHECK_FALSE(small.spend(Work::indexed_ranges, 1));
    CHECK_FALSE(small.spend(Work::indexed_ranges, 0));
    CHECK(small.spend(Work::line_programs, 1));  // each kind of work has its own
    WorkBudget large(1000, WorkBudget::Kind::whole_file);
    CHECK(large.spend(Work::indexed_ranges, kBase + 1000));
    CHECK_FALSE(large.spend(Work::indexed_ranges, 1));
    WorkBudget split(1000, WorkBudget::Kind::split_unit);
    CHECK(split.spend(Work::indexed_ranges, kBase / 64 + 1000));
    CHECK_FALSE(split.spend(Work::indexed_ranges, 1));
}

TEST_CASE("work counts again after a reset; listed ranges count for each lookup") {
    constexpr std::uint64_t kTooMuch = std::uint64_t{1} << 40;
    WorkBudget budget(0, WorkBudget::Kind::whole_file);
    CHECK_FALSE(budget.spend(Work::listed_ranges, kTooMuch));
    CHECK_FALSE(budget.spend(Work::line_programs, kTooMuch));
    budget.start_lookup();
    CHECK(budget.spend(Work::listed_ranges, 1));
    CHECK_FALSE(budget.spend(Work::line_programs, 1));
    budget.reset();
    CHECK(budget.spend(Work::line_programs, 1));
}
