#include "dwarf/problem_log.h"

#include <doctest/doctest.h>

using symline::dwarf::ProblemLog;

TEST_CASE("of several problems the first is kept, with the name of another file in front") {
    ProblemLog log("other: ");
    CHECK(log.first().empty());
    log.note("damaged");
    log.note("truncated");
    CHECK(log.first() == "other: damaged");
}

TEST_CASE("problems of a split unit are those of the program") {
    ProblemLog program;
    ProblemLog split("a.dwo: ", program);
    split.note("damaged");
    CHECK(split.first().empty());
    CHECK(program.first() == "a.dwo: damaged");
}

TEST_CASE("a thread that meets a problem gives up") {
    std::atomic<bool> given_up = false;
    const ProblemLog shared("other: ");
    ProblemLog log(shared, given_up);
    CHECK_FALSE(given_up);
    log.note("damaged");
    CHECK(given_up);
    CHECK(log.first() == "other: damaged");
    CHECK(shared.first().empty());
}
