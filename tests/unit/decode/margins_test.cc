// Lines that are added below a frame begin as the frame's line does, whatever stands there.
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "decode/decoded_places.h"
#include "symline/decoder.h"

using namespace symline;
using namespace symline::test;

namespace {

/// What nobody's logger prints, glued to the message or apart from it.
const std::vector<std::string> kMargins = {
    "X:",         "host:",
    "host: ",     "host{",
    "{",          "{{",
    "({",         "{id}",
    "{id} ",      "k(",
    "(k)",        "(k) ",
    "<k>",        "[x]",
    "[x] ",       "[x]:",
    "[x]|",       "'",
    "\"",         "`",
    "X'",         "X\"",
    ">>'",        "msg='",
    "msg='k: ",   "key=\"",
    "key=value ", "\"log\": ",
    "\"log\":",   "'k',",
    "'k':",       "'k' ",
    "**",         "*",
    "* ",         " * ",
    "- ",         "+ ",
    "1. ",        "1) ",
    "# ",         "#",
    "// ",        "; ",
    "||",         "|",
    "| ",         "|\t",
    "a|b|",       "web_1|",
    "a\tb\t",     "::",
    "->",         "-> ",
    "==",         "== ",
    "$ ",         "!",
    "> > ",       "12:34:56:",
    "10.0.0.1:",  "kern.log:12:",
    "host>",      "C:\\l:",
    "__ :",       "&gt; ",
    "\u2014 ",    "\u00ab",
    "\u201c",     "\u2026",
    "\U0001F525", "\U0001F525 ",
};

struct Line {
    std::string_view message;
    std::size_t indent = 0;  ///< of its frame; for a line without one nothing is checked
    bool is_frame = true;
};

constexpr Line kReport[] = {
    {"RIP: 0010:sched_fork+0x20/0x90"},
    {"Call Trace:", 0, false},
    {" <TASK>", 0, false},
    {" sched_fork+0x20/0x90", 1},
    {" ? sched_fork+0x20/0x90", 1},
    {" [<ffffffff810002b0>] ? sched_fork+0x20/0x90", 1},
    {"sched_fork+0x20/0x90"},
    {"do_fork+0x10/0x30"},
    {"@[", 0, false},
    {"    sched_fork+32", 4},
    {"]: 3", 0, false},
};

/// The lines whose margin is another one, or whose frame was not found.
std::string wrong_margins(const std::string& front) {
    std::string text;
    for (const Line& line : kReport) text += front + std::string(line.message) + "\n";
    Decoder decoder(with_vmlinux());
    decoder.feed(text);
    decoder.end();
    std::string wrong;
    for (const Line& wanted : kReport) {
        const DecodedLine* line = decoder.next();
        REQUIRE(line != nullptr);
        if (!wanted.is_frame) continue;
        const bool good = !line->frames.empty() && line->margin_begin == 0 &&
                          line->margin == front.size() + wanted.indent;
        if (!good) {
            wrong += std::string(line->text) + " has " + std::to_string(line->margin) + " and " +
                     std::to_string(line->frames.size()) + " frames\n";
        }
    }
    return wrong;
}

}  // namespace

TEST_CASE("margins: lines that are added begin as the frame's line does") {
    CHECK(kMargins.size() >= 60);
    for (const std::string& margin : kMargins) {
        CHECK(wrong_margins(margin) == "");
        CHECK(wrong_margins(margin + "[   12.345678] ") == "");
    }
}
