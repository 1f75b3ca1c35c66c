#include "output/folded.h"

#include <doctest/doctest.h>

#include "output/frames.h"

using namespace symline;
using namespace symline::output;

namespace {

CoreFrame place(std::vector<Frame> frames, std::string_view module = "/lib/libx.so") {
    CoreFrame made;
    made.frames = std::move(frames);
    made.module = module;
    return made;
}

CoreThreadReport thread(std::vector<int> tids, std::string name, std::vector<CoreFrame> frames) {
    CoreThreadReport made;
    made.tids = std::move(tids);
    made.name = std::move(name);
    made.frames = std::move(frames);
    return made;
}

std::string folded(const CoreReport& report) {
    std::string out;
    append_folded(out, report, {.functions = Functions::linkage, .demangle = true});
    return out;
}

}  // namespace

TEST_CASE("folded stacks: outermost first, inlined functions as frames, sorted and counted") {
    const auto last = place({test::frame("last", "", 0)});
    const auto outer = place(test::inline_chain());
    CoreReport report;
    report.process.name = "p";
    report.threads = {thread({1}, "p", {last, outer}), thread({2}, "", {outer}),
                      thread({3, 4, 5}, "a", {outer}), thread({9}, "p", {outer})};
    CHECK(folded(report) ==
          "a;outer;in2;in3 3\n"
          "p;outer;in2;in3 2\n"
          "p;outer;in2;in3;last 1\n");
    CHECK(folded({}).empty());
}

TEST_CASE("folded stacks: names that would end a frame or a line are made harmless") {
    CoreReport report;
    report.threads = {thread({1}, "a;b\nc", {place({test::frame("f;g\nh", "", 0)})}),
                      thread({2}, "", {place({test::frame("", "", 0)})})};
    CHECK(folded(report) == "a:b\\x0ac;f:g\\x0ah 1\nprocess;?? 1\n");
}

TEST_CASE("folded stacks: demangled names, files and symbols in place of functions") {
    auto mangled = test::frame("g", "", 0);
    mangled.linkage_name = "_ZN1a1gEi";
    CoreFrame symbol;
    symbol.symbol = "worker+0x10/0x40 [xfs]";
    CoreFrame user;
    user.user = true;
    CoreReport report;
    report.threads = {thread({1}, "p", {place({mangled}), place({}), place({}, "")}),
                      thread({2}, "k", {symbol, user})};
    CHECK(folded(report) == "k;worker 1\np;[unknown];[libx.so];a::g(int) 1\n");
}

TEST_CASE("folded stacks: tasks of one stack have their own names; a CPU without a task counts") {
    CoreReport report;
    report.kernel.release = "6.1";
    auto tasks = thread({1, 2, 3}, "", {place({test::frame("idle", "", 0)})});
    for (const auto* name : {"a", "b", "a"}) {
        tasks.tasks.emplace_back();
        tasks.tasks.back().name = name;
    }
    report.threads = {tasks, thread({}, "", {place({test::frame("idle", "", 0)})})};
    CHECK(folded(report) == "a;idle 2\nb;idle 1\nkernel;idle 1\n");
}
