#include "log/plain_text.h"

#include <doctest/doctest.h>

#include <string>

using namespace symline::log;

namespace {

std::string plain(std::string_view line) {
    PlainText text;
    text.assign(line);
    CHECK(PlainText::differs(line) == (text.text() != line));
    return std::string(text.text());
}

/// The part of the line that a part of its plain text is.
std::string_view in_line(std::string_view line, std::string_view part) {
    PlainText text;
    text.assign(line);
    const auto at = text.text().find(part);
    REQUIRE(at != std::string_view::npos);
    const auto begin = text.begin_of(at);
    return line.substr(begin, text.end_of(at + part.size()) - begin);
}

}  // namespace

TEST_CASE("plain text: colours, written out or not, are taken off") {
    CHECK(plain("\x1b[32m[   12.3] \x1b[0m\x1b[33mRIP: \x1b[0m0010:foo") ==
          "[   12.3] RIP: 0010:foo");
    CHECK(plain("\x1b[1;31mfoo\x1b(B\x1b[m") == "foo");
    CHECK(plain("\x1b[38;5;196mfoo\x1b[K") == "foo");
    CHECK(plain("#033[31mfoo#033[0m") == "foo");
    CHECK(plain("^[[31mfoo^[[0m") == "foo");
    CHECK(plain("\\u001b[31mfoo\\u001b[0m") == "foo");
    CHECK(plain("\\033[31mfoo\\x1b[0m\\x1B[K\\e[m") == "foo");
    CHECK(plain("\\033 \\x1b \\e") == "\\033 \\x1b \\e");
    CHECK(PlainText::without_controls("\x1b[32m[  1] &lt;\\033[0m#033[1m\\e") == "[  1] &lt;\\e");
}

TEST_CASE("plain text: entities and escapes are the characters that they stand for") {
    CHECK(plain("[&lt;ffffffff81315dec&gt;] foo&#43;0x1&amp;&quot;&nbsp;") ==
          "[<ffffffff81315dec>] foo+0x1&\" ");
    CHECK(plain("&#x2B;&#60;") == "+<");
    CHECK(plain("selinux\\_socket\\_sendmsg\\+0x18") == "selinux_socket_sendmsg+0x18");
    CHECK(plain("[\\u003cffff\\u003E]") == "[<ffff>]");
    CHECK(plain("a#012#011b") == "a\n\tb");
    CHECK(plain("\xc2\xa0\xc2\xa0"
                "foo") == "  foo");
}

TEST_CASE("plain text: quotes and tags around a line are taken off") {
    CHECK(plain("`foo+12`") == "foo+12");
    CHECK(plain("**`foo+12`**  ") == "foo+12");
    CHECK(plain("\"    foo+12\"") == "    foo+12");
    CHECK(plain("<pre>foo") == "foo");
    CHECK(plain("foo</pre>") == "foo");
    CHECK(plain("<pre><code>foo</code></pre>") == "foo");
    CHECK(plain("foo<br />") == "foo");
    CHECK(plain("<pre>&lt;TASK&gt;") == "<TASK>");
    for (const std::string line :
         {"`foo", "foo`", "'", "\"", "**", "***", "<TASK>", "'tis", "<4>[", "foo <stack trace>"}) {
        CAPTURE(line);
        CHECK(plain(line) == line);
    }
    PlainText text;
    text.assign("<pre>  foo</pre>");
    CHECK(text.opening() == 5);
    CHECK(text.begin_of(2) == 7);
    CHECK(text.end_of(5) == 10);
    text.assign("foo\\_");
    CHECK(text.opening() == 0);
}

TEST_CASE("plain text: what only looks like an escape stays") {
    for (const char* line : {"",           "a",      "\x1b",       "\x1b[",   "\x1b[31",
                             "\x1b[\x01m", "&",      "&lt",        "&lt foo", "&#;",
                             "&#1;",       "&#300;", "a && b",     "\\",      "\\n\\t\\\"\\\\",
                             "C:\\dir",    "#1 SMP", "#013",       "#033",    "^",
                             "^[",         "\xc2",   "caf\xc3\xa9"}) {
        CAPTURE(std::string(line));
        CHECK(plain(line) == line);
        CHECK_FALSE(PlainText::differs(line));
    }
}

TEST_CASE("plain text: places are those of the line") {
    CHECK(in_line("a\x1b[31mfoo\x1b[0mb", "foo") == "foo");
    CHECK(in_line("a\x1b[31mfoo\x1b[0mb", "afoob") == "a\x1b[31mfoo\x1b[0mb");
    CHECK(in_line("[&lt;12&gt;] x", "<12>") == "&lt;12&gt;");
    CHECK(in_line("[&lt;12&gt;] x", "12") == "12");
    CHECK(in_line("[&lt;12&gt;] x", "]") == "]");
    CHECK(in_line("a\\_b\\_c", "b_c") == "b\\_c");
    CHECK(in_line("&lt;&lt;&gt;", "<") == "&lt;");
    CHECK(in_line("&lt;&lt;&gt;", ">") == "&gt;");
    PlainText text;
    text.assign("\x1b[0mx\x1b[0m");
    CHECK(text.begin_of(0) == 4);
    CHECK(text.end_of(0) == 0);
    CHECK(text.end_of(1) == 5);
    CHECK(text.begin_of(1) == 9);
}

TEST_CASE("plain text: emphasis between a name and its offset") {
    CHECK(plain("<b>foo</b>+0x1/0x2") == "foo+0x1/0x2");
    CHECK(plain(" **foo**+0x1/0x2") == " foo+0x1/0x2");
    CHECK(plain(" `foo.isra.0`+12") == " foo.isra.0+12");
    CHECK(plain("<a href=\"x\"><b>foo</b></a>+0x1") == "foo+0x1");
    CHECK(plain("<span class=\"n\">foo</span>+<span>0x1</span>/<span>0x2</span>") ==
          "foo+0x1/0x2</span>");
    CHECK(plain("0010:<b>foo</b>+0x1 <b>x</b> `y`") == "0010:foo+0x1 <b>x</b> `y`");
    for (const std::string line :
         {"<b>foo</b>", "<b>foo+0x1/0x2</b> x", "a `foo+0x1` b", "<TASK>+0x1", "x<4>+1", "<b>+0x1",
          "**+1", "<b>foo</b>+x", "<b>foo</div>+0x1", "*a* + 1", "<b"}) {
        CAPTURE(line);
        CHECK(plain(line) == line);
    }
    PlainText text;
    text.assign("[1] <b>foo</b>+0x1");
    CHECK(text.begin_of(4) == 7);
    CHECK(text.end_of_front(4) == 4);
    CHECK(text.end_of_front(0) == 0);
}

TEST_CASE("plain text: a line is read as it is where it is too long to be kept twice") {
    CHECK_FALSE(PlainText::differs(std::string(PlainText::kMaxLine, ' ') + "&lt;"));
    CHECK(PlainText::differs(std::string(PlainText::kMaxLine - 4, ' ') + "&lt;"));
}

TEST_CASE("plain text: an escape is seen wherever it stands in a line") {
    for (const std::string escape : {"&lt;", "\x1b[m", "\\_", "#012", "^[[m", "\xc2\xa0"}) {
        for (std::size_t before = 0; before < 40; ++before) {
            for (std::size_t after = 0; after < 40; ++after) {
                CHECK(PlainText::differs(std::string(before, '.') + escape +
                                         std::string(after, '.')));
            }
        }
        CHECK_FALSE(PlainText::differs(std::string(escape.size() + 40, '.')));
    }
}
