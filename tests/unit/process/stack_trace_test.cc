#include "symline/stack_trace.h"

#include <doctest/doctest.h>

using namespace symline;

TEST_CASE("threads with the same frames are one, the crashing one comes first and alone") {
    const auto stack = [](int tid, std::uint64_t sp, std::uint64_t pc, bool crashing = false) {
        StackTrace made;
        made.tid = tid;
        made.crashing = crashing;
        made.frames = {{{{pc}, CodeKind::exact}, sp, UnwoundBy::registers},
                       {{{0x20}, CodeKind::after_call}, sp + 8, UnwoundBy::cfi}};
        return made;
    };
    const auto groups = fold_stacks(std::vector{stack(1, 100, 0x10), stack(2, 200, 0x11),
                                                stack(3, 300, 0x10), stack(4, 400, 0x10, true)});
    REQUIRE(groups.size() == 3);
    CHECK(groups[0] == std::vector<std::size_t>{3});
    CHECK(groups[1] == std::vector<std::size_t>{0, 2});
    CHECK(groups[2] == std::vector<std::size_t>{1});
}

TEST_CASE("threads without frames are alike where the reason is the same") {
    const auto lost = [](int tid, const char* why) {
        StackTrace made;
        made.tid = tid;
        made.stopped = why;
        return made;
    };
    const auto groups = fold_stacks(std::vector{lost(1, "the thread has ended"), lost(2, "traced"),
                                                lost(3, "the thread has ended")});
    CHECK(groups == std::vector<std::vector<std::size_t>>{{0, 2}, {1}});
}
