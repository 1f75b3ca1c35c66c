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
    budget.refund();
    CHECK_FALSE(budget.spend(Work::line_programs, 1));  // an empty file has nothing to read again
}

TEST_CASE("what was evicted may be read again: as much as the file has") {
    constexpr std::uint64_t kSize = 1000;
    constexpr std::uint64_t kAllowed = (std::uint64_t{8} << 20) + 16 * kSize;  // of line_programs
    WorkBudget budget(kSize, WorkBudget::Kind::whole_file);
    CHECK(budget.spend(Work::line_programs, kAllowed));
    for (int turn = 0; turn < 200; ++turn) {
        budget.refund();
        CHECK(budget.spend(Work::line_programs, kSize));
    }
    CHECK_FALSE(budget.spend(Work::line_programs, 1));
}

TEST_CASE("an index counts what overlaps for the whole file, and reads it again not for ever") {
    constexpr std::uint64_t kOfOneLookup = 16384, kOfIndex = std::uint64_t{1} << 19;
    WorkBudget budget(0, WorkBudget::Kind::whole_file);
    CHECK(budget.left(Work::overlaps) == kOfOneLookup);
    CHECK_FALSE(budget.spend(Work::overlaps, kOfOneLookup + 1));
    CHECK(budget.left(Work::overlaps) == 0);
    budget.start_lookup();
    CHECK(budget.spend(Work::overlaps, kOfOneLookup));
    budget.start_index();
    budget.start_lookup();
    CHECK(budget.spend(Work::overlaps, kOfIndex - kOfOneLookup));
    CHECK_FALSE(budget.spend(Work::overlaps, 1));
    budget.start_lookup();
    CHECK_FALSE(budget.spend(Work::overlaps, 1));

    WorkBudget sized(1, WorkBudget::Kind::whole_file);
    sized.start_index();
    sized.spend(Work::indexed_ranges, (std::uint64_t{1} << 19) + 1 + 70);
    for (int turn = 0; turn < 100; ++turn) sized.refund();
    CHECK_FALSE(sized.spend(Work::indexed_ranges, 0));
}
