#include "base/unpack_bound.h"

#include <doctest/doctest.h>

#include "support/files.h"

#include <fcntl.h>
#include <unistd.h>

using namespace symline::base;

TEST_CASE("a bound on what is unpacked: so many times the size, and what does no harm") {
    constexpr std::uint64_t kHarmless = std::uint64_t{32} << 20;
    UnpackBound bound(1000, 100);
    CHECK_FALSE(bound.add(kHarmless));
    CHECK_FALSE(bound.add(100'000));
    CHECK(bound.add(1) == "it unpacks to more than 100 times its size");
    CHECK(bound.add(0) == std::nullopt);
    CHECK(bound.add(1));
    UnpackBound large(UINT64_MAX, 100);
    CHECK_FALSE(large.add(std::uint64_t{1} << 62));
    UnpackBound none;
    CHECK_FALSE(none.add(std::uint64_t{1} << 62));
}

TEST_CASE("room on the disk: more than there is, and where it cannot be told") {
    const symline::test::TemporaryFolder folder;
    const auto path = folder.write("x", std::string_view("x"));
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(file >= 0);
    CHECK_FALSE(lacks_room(file, 1));
    const auto reason = lacks_room(file, std::uint64_t{1} << 60);
    REQUIRE(reason);
    CHECK(reason->starts_with("it needs 1099511627776 MB of disk space, and "));
    ::close(file);
    CHECK_FALSE(lacks_room(-1, 1));
}
