#include "symline/build_id.h"

#include <doctest/doctest.h>

#include <array>

using symline::BuildId;

TEST_CASE("a build id is read from hexadecimal digits of either case") {
    const auto id = BuildId::parse("00Ff1aA9");
    REQUIRE(id);
    CHECK(id->bytes().size() == 4);
    CHECK(id->bytes()[1] == std::byte{0xff});
    CHECK(id->hex() == "00ff1aa9");
    CHECK_FALSE(id->empty());
}

TEST_CASE("a build id has 1 to 64 bytes") {
    CHECK(BuildId::parse("ab"));
    CHECK(BuildId::parse(std::string(128, 'a')));
    CHECK_FALSE(BuildId::parse(std::string(130, 'a')));
    CHECK_FALSE(BuildId::parse(""));
    CHECK(BuildId{}.empty());
}

TEST_CASE("what is no build id") {
    for (const char* text : {"a", "abc", "0g", "g0", " a", "0x", "a ", "ab-d", "\xff\xff"}) {
        CAPTURE(text);
        CHECK_FALSE(BuildId::parse(text));
    }
}

TEST_CASE("build ids are equal by their bytes") {
    const std::array bytes{std::byte{0xde}, std::byte{0xad}};
    CHECK(BuildId(bytes) == BuildId::parse("DEAD"));
    CHECK_FALSE(BuildId(bytes) == BuildId::parse("dead00"));
    CHECK_FALSE(BuildId(bytes) == BuildId{});
}
