#include "output/faddr2line.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "frames.h"

using namespace symline;
using namespace symline::output;
using symline::test::frame;
using symline::test::inline_chain;

namespace {

/// Only the path that the test expects first can be read.
class TreeFile final : public SourceText {
public:
    std::optional<std::string_view> text(std::string_view path) override {
        if (path != "net/t.c") return std::nullopt;
        return "l1\nl2\nl3\nl4\nl5\nl6\nl7\nl8\n";
    }
};

std::string faddr2line(const std::vector<Frame>& frames, const Faddr2lineStyle& how = {}) {
    std::string out;
    append_faddr2line(out, frames, how);
    return out;
}

}  // namespace

TEST_CASE("faddr2line: callers without leading space") {
    CHECK(faddr2line(inline_chain()) ==
          "in3 at /src/t.c:3\n(inlined by) in2 at /src/t.c:4\n(inlined by) outer at /src/t.c:5\n");
}

TEST_CASE("faddr2line: unknown places") {
    CHECK(faddr2line({}) == "?? ??:0\n");
    CHECK(faddr2line({frame("entry", "", 0)}) == "entry at ??:?\n");
}

TEST_CASE(
    "faddr2line: the symbol that was asked names the outermost frame alone, if it has no name") {
    CHECK(faddr2line({frame("", "/src/t.c", 3)}, {.symbol = "asked"}) == "asked at /src/t.c:3\n");
    CHECK(faddr2line({frame("f", "/src/t.c", 3)}, {.symbol = "asked"}) == "f at /src/t.c:3\n");
    CHECK(faddr2line({frame("", "/src/t.c", 3), frame("", "/src/t.c", 4)}, {.symbol = "asked"}) ==
          "?? at /src/t.c:3\n(inlined by) asked at /src/t.c:4\n");
    CHECK(faddr2line({frame("", "/src/t.c", 3)}) == "?? at /src/t.c:3\n");
}

TEST_CASE("faddr2line: the prefix goes away, the discriminator stays") {
    auto one = frame("f", "/build/linux/./net/t.c", 12);
    one.location.discriminator = 4;
    CHECK(faddr2line({one}, {.prefix = "/build/linux/"}) == "f at net/t.c:12 (discriminator 4)\n");
}

TEST_CASE("faddr2line: --list shows five lines on each side, as many as there are") {
    TreeFile source;
    const Faddr2lineStyle how{.prefix = "/build/", .source = &source};
    CHECK(faddr2line({frame("f", "/build/net/t.c", 7)}, how) ==
          "\nf at net/t.c:7\n"
          " 2 \tl2\n 3 \tl3\n 4 \tl4\n 5 \tl5\n 6 \tl6\n>7<\tl7\n 8 \tl8\n");
    CHECK(faddr2line({frame("f", "/build/net/t.c", 1), frame("g", "/build/net/u.c", 1)}, how) ==
          "\nf at net/t.c:1\n"
          ">1<\tl1\n 2 \tl2\n 3 \tl3\n 4 \tl4\n 5 \tl5\n 6 \tl6\n"
          "\n(inlined by) g at net/u.c:1\n");
    CHECK(faddr2line({}, how) == "\n?? ??:0\n");
}

TEST_CASE("faddr2line: --list takes the lines that the debug information holds") {
    class Embedded final : public SourceText {
    public:
        std::optional<std::string_view> text(std::string_view) override { return "disk\n"; }
        std::optional<std::string_view> embedded(std::string_view path) override {
            if (path != "/src/t.c") return std::nullopt;
            return "compiled\n";
        }
    } source;
    const Faddr2lineStyle how{.source = &source};
    CHECK(faddr2line({frame("f", "/src/t.c", 1)}, how).ends_with(">1<\tcompiled\n"));
    CHECK(faddr2line({frame("f", "/src/u.c", 1)}, how).ends_with(">1<\tdisk\n"));
}
