#include "decode/logged_source.h"

#include <doctest/doctest.h>

#include <tuple>
#include <vector>

#include "decode/decoded_places.h"

using namespace symline;
using namespace symline::decode;

TEST_CASE("logged source: the end of a path in whole components") {
    CHECK(ends_with_path("/src/linux/kernel/fork.c", "kernel/fork.c"));
    CHECK(ends_with_path("/src/linux/kernel/fork.c", "./kernel/fork.c"));
    CHECK(ends_with_path("/src/linux/kernel/fork.c", "/fork.c"));
    CHECK(ends_with_path("kernel/fork.c", "kernel/fork.c"));
    CHECK_FALSE(ends_with_path("/src/linux/kernel/fork.c", "ork.c"));
    CHECK_FALSE(ends_with_path("fork.c", "kernel/fork.c"));
    CHECK_FALSE(ends_with_path("kernel/fork.c", ""));
}

TEST_CASE("logged source: a file and a line, also with a column") {
    Frame innermost;
    innermost.location = {.file = "/src/kernel/fork.c", .line = 19};
    Frame caller;
    caller.location = {.file = "/src/kernel/fork.c", .line = 25};
    const std::vector frames{innermost, caller};
    CHECK(begins_at(frames, "kernel/fork.c:19"));
    CHECK(begins_at(frames, "kernel/fork.c:19:7"));
    CHECK(begins_at(frames, "fork.c:19:0"));
    for (const char* other :
         {"kernel/fork.c:25", "kernel/fork.c:20", "kernel/fork.c:1:19", "kernel/exit.c:19",
          "kernel/fork.c", "kernel/fork.c:", ":19", "19", "", "kernel/fork.c:0",
          "kernel/fork.c:99999999999"}) {
        CAPTURE(other);
        CHECK_FALSE(begins_at(frames, other));
    }
    CHECK_FALSE(begins_at({}, "kernel/fork.c:19"));
}

TEST_CASE("logged source: a frame whose line gives the same place") {
    for (const auto& [text, same] :
         {std::tuple{" do_fork+0x10/0x30 (kernel/fork.c:19)\n", true},
          std::tuple{" do_fork+0x10/0x30 (kernel/fork.c:18)\n", false},
          std::tuple{" do_fork+0x10/0x30\n", false},
          std::tuple{" no_such_function+0x10/0x30 (kernel/fork.c:19)\n", false}}) {
        CAPTURE(text);
        Decoder decoder(test::with_vmlinux());
        decoder.feed(text);
        decoder.end();
        const DecodedLine* line = decoder.next();
        REQUIRE(line != nullptr);
        REQUIRE(line->frames.size() == 1);
        CHECK(line->frames.front().location_is_in_text() == same);
    }
}
