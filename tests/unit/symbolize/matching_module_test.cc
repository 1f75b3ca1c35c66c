#include "symbolize/matching_module.h"

#include <doctest/doctest.h>

#include "support/files.h"

using namespace symline;
using symline::symbolize::open_matching_module;
using symline::test::fixture;

TEST_CASE("a file is opened when it has the wanted build id, or none is wanted") {
    const auto any = open_matching_module(fixture("c-gcc-dwarf5"), std::nullopt);
    REQUIRE(any);
    CHECK(open_matching_module(fixture("c-gcc-dwarf5"), any->build_id()));
}

TEST_CASE("a file of another build id is refused, and says which it has") {
    const auto wanted = BuildId::parse("0102030405");
    const auto other = open_matching_module(fixture("c-gcc-dwarf5"), wanted);
    REQUIRE_FALSE(other);
    CHECK(other.error().error.code == ErrorCode::mismatch);
    REQUIRE(other.error().own);
    CHECK(other.error().error.message ==
          "build id " + other.error().own->hex() + " instead of 0102030405");
}

TEST_CASE("a file without a build id, and one that is not there") {
    const auto wanted = BuildId::parse("0102030405");
    const auto without = open_matching_module(fixture("mini-vmlinux.o"), wanted);
    REQUIRE_FALSE(without);
    CHECK_FALSE(without.error().own);
    CHECK(without.error().error.message == "build id (none) instead of 0102030405");
    const auto missing = open_matching_module("/nowhere/x", wanted);
    REQUIRE_FALSE(missing);
    CHECK(missing.error().error.code == ErrorCode::not_found);
}
