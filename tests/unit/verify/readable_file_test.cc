#include "verify/readable_file.h"

#include <doctest/doctest.h>

#include <string>

#include "support/files.h"

using namespace symline;
using namespace symline::verify;

TEST_CASE("other readers are handed the file itself, or a copy of what is packed in it") {
    const auto plain = Module::open(test::fixture("mini-module.ko"));
    const auto packed = Module::open(test::fixture("mini-module.ko.xz"));
    REQUIRE(plain);
    REQUIRE(packed);
    const auto itself = ReadableFile::of(*plain);
    const auto copy = ReadableFile::of(*packed);
    REQUIRE(itself);
    REQUIRE(copy);
    CHECK(itself->path() == test::fixture("mini-module.ko"));
    CHECK(copy->path().starts_with("/proc/"));
    CHECK(test::read_whole(copy->path()) == test::read_whole(itself->path()));
}
