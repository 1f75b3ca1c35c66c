#include "log/frame_margin.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using symline::log::frame_margin;

namespace {

constexpr std::string_view kFrame = "vfs_read+0x4f/0x310";

/// The margin of a line with that frame, of which `known` bytes are known to be one.
std::string margin_of(const std::string& line, std::string_view above = {},
                      std::string_view below = {}, std::size_t known = 0) {
    const auto at = line.find(kFrame);
    REQUIRE(at != std::string::npos);
    return line.substr(0, frame_margin({.text = line,
                                        .margin = known,
                                        .frame = {at, kFrame.size()},
                                        .above = above,
                                        .below = below}));
}

const std::string frame(kFrame);

}  // namespace

TEST_CASE("frame_margin: punctuation is one by itself, glued or not") {
    for (const std::string margin :
         {"||", "| ",  "::", ">>'", "'",  "\"", "`",  "**", "* ", "- ",
          "->", "// ", "# ", "{",   "{{", "}}", "; ", "~~", "\\", " |\t"}) {
        CAPTURE(margin);
        CHECK(margin_of(margin + frame) == margin);
        CHECK(margin_of(margin + "   " + frame) == margin + "   ");
    }
    CHECK(margin_of("\u2014 " + frame) == "\u2014 ");
    CHECK(margin_of("\u00ab" + frame) == "\u00ab");
    CHECK(margin_of("\U0001F525" + frame) == "\U0001F525");
    CHECK(margin_of("| " + frame + " |") == "| ");
    CHECK(margin_of("| " + frame + " | x |") == "| ");
    CHECK(margin_of("* " + frame + " **here**") == "* ");
}

TEST_CASE("frame_margin: words are one where a neighbour begins with them") {
    for (const std::string margin :
         {"X:", "host{", "key=\"", "msg='", "\"log\": ", "web_1|", "'k',", "[x]", "1. ", "a\tb\t",
          "k(", "__ :", "<li>", "&gt;", "\u0443\u0437\u0435\u043b "}) {
        CAPTURE(margin);
        CHECK(margin_of(margin + frame) == "");
        CHECK(margin_of(margin + frame, margin + "Call Trace:") == margin);
        CHECK(margin_of(margin + frame, {}, margin + "schedule+0x1/0x2") == margin);
        CHECK(margin_of(margin + frame, "Y" + margin + frame, " " + margin) == "");
    }
}

TEST_CASE("frame_margin: numbers may be others on the next line") {
    CHECK(margin_of("12:34:56:" + frame, "12:34:55:x") == "12:34:56:");
    CHECK(margin_of("10.0.0.1:" + frame, "10.0.0.12:x") == "10.0.0.1:");
    CHECK(margin_of("#1 " + frame, "#0 x") == "");
    CHECK(margin_of("  1)   3840   112   " + frame, "  0)   3952   64   x", {}, 2) == "  ");
}

TEST_CASE("frame_margin: what is closed after the frame is around it") {
    CHECK(margin_of("'" + frame + "'") == "");
    CHECK(margin_of("`" + frame + "`") == "");
    CHECK(margin_of("**" + frame + "** here") == "");
    CHECK(margin_of("(" + frame + ") from (x)") == "");
    CHECK(margin_of("<" + frame + ">") == "");
    CHECK(margin_of("\u201c" + frame + "\u201d") == "");
    CHECK(margin_of("| `" + frame + "` |") == "| ");
    CHECK(margin_of("- **" + frame + "**") == "- ");
    CHECK(margin_of(">>'" + frame + "'") == ">>");
    CHECK(margin_of("    b'" + frame + "'", "    b'x'", {}, 4) == "    ");
    CHECK(margin_of("X:'" + frame + "'", "X:'y'") == "X:");
    CHECK(margin_of("{ site: " + frame + " } n: 1", "{ site: x } n: 1") == "");
    const std::string named = "- `vfs_read`+0x4f/0x310";
    CHECK(frame_margin({.text = named, .margin = 0, .frame = {3, 20}, .above = {}, .below = {}}) ==
          2);
    // Another pair after it closes nothing.
    CHECK(margin_of("(" + frame + " (T)") == "(");
    CHECK(margin_of("(k) " + frame + " (T)", "(k) x") == "(k) ");
}

TEST_CASE("frame_margin: what a frame begins with is its own") {
    CHECK(margin_of(" ? " + frame, {}, {}, 1) == " ");
    CHECK(margin_of(" => " + frame, {}, {}, 1) == " ");
    CHECK(margin_of("[<ffffffff8134cc9f>] " + frame) == "");
    CHECK(margin_of("[<c0123456>] " + frame, "[<c0123456>] x") == "");
    CHECK(margin_of("[c000000000001234] [c000000000005678] " + frame) == "");
    CHECK(margin_of("ffffffff8134cc9f " + frame, "ffffffff8134cc9f x") == "");
    CHECK(margin_of("RIP: 0010:" + frame, "RIP: 0010:x") == "");
    CHECK(margin_of("@[" + frame) == "");
    CHECK(margin_of("|--" + frame) == "");
    CHECK(margin_of("\x1b[31m" + frame, "\x1b[31mx") == "");
    CHECK(margin_of("schedule+0x1/0x2 " + frame, "schedule+0x1/0x2 x") == "");
    CHECK(margin_of("|| [<ffffffff8134cc9f>] ? " + frame) == "|| ");
    CHECK(margin_of("X: ? " + frame, "X:y") == "X: ");
    CHECK(margin_of("X:RIP: 0010:" + frame, "X:RSP") == "X:");
    CHECK(margin_of("__K__RIP: 0010:" + frame, "__K__RSP") == "__K__");
}

TEST_CASE("frame_margin: prose is none, and what is known stays") {
    CHECK(margin_of("we saw it crash at " + frame, "we saw it crash at x") == "");
    CHECK(margin_of("[    1.000000]  " + frame, {}, {}, 16) == "[    1.000000]  ");
    CHECK(margin_of(frame, frame, frame) == "");
    CHECK(frame_margin({.text = "x", .margin = 1, .frame = {9, 1}, .above = {}, .below = {}}) == 1);
    CHECK(frame_margin({.text = {}, .margin = 0, .frame = {}, .above = {}, .below = {}}) == 0);
}
