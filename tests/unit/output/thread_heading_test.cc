#include "output/thread_heading.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

using namespace symline;
using namespace symline::output;

namespace {

CoreThreadReport threads(int count, int first, int step) {
    CoreThreadReport made;
    for (int i = 0; i < count; ++i) made.tids.push_back(first + i * step);
    made.frames.emplace_back();
    return made;
}

std::string heading(const CoreThreadReport& thread, Ids ids = Ids::some) {
    std::string out;
    append_thread_heading(out, thread, ids);
    return out;
}

std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

std::size_t longest_line(const std::string& text) {
    std::size_t longest = 0, begin = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos;) {
        longest = std::max(longest, end - begin);
        begin = end + 1;
        end = text.find('\n', begin);
    }
    return longest;
}

}  // namespace

TEST_CASE("thread heading: one, two, and a range") {
    auto one = threads(1, 7, 1);
    one.name = "p\x1b";
    one.crashing = true;
    CHECK(heading(one) == "Thread 7 \"p\\x1b\" (crashed):\n");
    CHECK(heading(threads(2, 7, 1)) == "Threads 7, 8 (2 with the same stack):\n");
    auto range = threads(3, 7, 1);
    range.tids.insert(range.tids.begin(), 2);
    range.tids.push_back(11);
    range.name = "work";
    CHECK(heading(range) == "Threads 2, 7-9, 11 \"work\" (5 with the same stack):\n");
    CHECK(heading({}) == "Thread :\n");
    range.frames.clear();
    CHECK(heading(range) == "Threads 2, 7-9, 11 \"work\" (5 alike):\n");
}

TEST_CASE("thread heading: ids are wrapped to the width of a line") {
    auto many = threads(30, 10000, 2);
    many.name = "worker";
    CHECK(heading(many) ==
          "Threads 10000, 10002, 10004, 10006, 10008, 10010, 10012, 10014, 10016, 10018,\n"
          "        10020, 10022, 10024, 10026, 10028, 10030, 10032, 10034, 10036, 10038,\n"
          "        10040, 10042, 10044, 10046, 10048, 10050, 10052, 10054, 10056, 10058\n"
          "        \"worker\" (30 with the same stack):\n");
    many = threads(11, 10000, 2);
    CHECK(heading(many) ==
          "Threads 10000, 10002, 10004, 10006, 10008, 10010, 10012, 10014, 10016, 10018,\n"
          "        10020 (11 with the same stack):\n");
}

TEST_CASE("thread heading: of thousands some are shown and the others counted") {
    auto many = threads(10000, 10000, 2);
    const auto some = heading(many);
    CHECK(lines(some) == 9);
    CHECK(longest_line(some) <= 80);
    CHECK(some.ends_with("10158,\n        and 9920 more (10000 with the same stack):\n"));
    const auto all = heading(many, Ids::all);
    CHECK(lines(all) == 1001);
    CHECK(longest_line(all) <= 80);
    CHECK(all.find(" 29998\n        (10000 with the same stack):\n") != std::string::npos);
    // A pool is a range.
    CHECK(heading(threads(10000, 1, 1)) == "Threads 1-10000 (10000 with the same stack):\n");
}

TEST_CASE("thread heading: tasks of different names have each its own") {
    CoreThreadReport tasks = threads(12, 1, 1);
    for (int i = 0; i < 12; ++i) {
        KernelTask task;
        task.pid = 1 + i;
        task.name = "kworker/" + std::to_string(i);
        tasks.tasks.push_back(task);
    }
    const auto text = heading(tasks);
    CHECK(text.starts_with("Tasks 1 \"kworker/0\", 2 \"kworker/1\", 3 \"kworker/2\","));
    CHECK(lines(text) == 4);
    CHECK(longest_line(text) <= 80);
}

TEST_CASE("thread heading: ids of a damaged core") {
    auto odd = threads(0, 0, 0);
    odd.tids = {std::numeric_limits<int>::min(), -1, 0, 1, std::numeric_limits<int>::max()};
    CHECK(heading(odd) == "Threads -2147483648, -1-1, 2147483647 (5 with the same stack):\n");
}
