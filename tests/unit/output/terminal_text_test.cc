#include "output/terminal_text.h"

#include <doctest/doctest.h>

using namespace symline::output;

namespace {

std::string lines(std::string_view text) {
    std::string out;
    append_visible_lines(out, text);
    return out;
}

}  // namespace

TEST_CASE("visible: plain text and UTF-8 stay") {
    CHECK(visible("") == "");
    CHECK(visible("operator<<(std::ostream&, K\xc3\xb6ln \xe2\x82\xac)") ==
          "operator<<(std::ostream&, K\xc3\xb6ln \xe2\x82\xac)");
    CHECK(visible("\\x1b") == "\\x1b");
}

TEST_CASE("visible: every control character is written out") {
    CHECK(visible("a\x1b[31mb") == "a\\x1b[31mb");
    CHECK(visible("a\nb\tc\rd") == "a\\x0ab\\x09c\\x0dd");
    CHECK(visible(std::string_view("a\0b", 3)) == "a\\x00b");
    CHECK(visible("\x7f") == "\\x7f");
    // CSI as one character: in UTF-8, and as a byte of its own.
    CHECK(visible("\xc2\x9b"
                  "31m") == "\\xc2\\x9b31m");
    CHECK(visible("\x9b"
                  "31m") == "\\x9b31m");
    CHECK(visible("\xc2\xa0") == "\xc2\xa0");
    // Invalid UTF-8 that no terminal takes for a control character, and half of a character.
    CHECK(visible("\xff\xe9") == "\xff\xe9");
    CHECK(visible("\xe2\x82") == "\xe2\\x82");
}

TEST_CASE("visible: characters that change the order in which a line is read are written out") {
    const auto encoded = [](unsigned code) {
        const auto byte = [](unsigned bits) { return static_cast<char>(bits); };
        if (code < 0x800) return std::string{byte(0xc0 | code >> 6), byte(0x80 | (code & 0x3f))};
        return std::string{byte(0xe0 | code >> 12), byte(0x80 | (code >> 6 & 0x3f)),
                           byte(0x80 | (code & 0x3f))};
    };
    const auto is_kept = [&](unsigned code) { return visible(encoded(code)) == encoded(code); };
    for (unsigned code = 0xa0; code < 0xd800; ++code) {
        const bool reorders = code == 0x61c || code == 0x200e || code == 0x200f ||
                              (code >= 0x202a && code <= 0x202e) ||
                              (code >= 0x2066 && code <= 0x2069);
        if (is_kept(code) == reorders) FAIL_CHECK(code);
    }
    CHECK(visible("a\xe2\x80\xae"
                  "b") == "a\\xe2\\x80\\xaeb");
    CHECK(lines("\xe2\x81\xa6\n") == "\\xe2\\x81\\xa6\n");
}

TEST_CASE("visible: a control character at any place of texts of any length") {
    for (std::size_t size = 1; size < 40; ++size) {
        const std::string plain(size, '~');
        CHECK(visible(plain) == plain);
        CHECK(is_plain(plain));
        for (std::size_t at = 0; at < size; ++at) {
            for (const auto& [byte, shown] :
                 {std::pair{'\x1f', "\\x1f"}, std::pair{'\x7f', "\\x7f"},
                  std::pair{'\x80', "\\x80"}, std::pair{'\xff', "\xff"}, std::pair{' ', " "}}) {
                std::string text = plain;
                text[at] = byte;
                CHECK(is_plain(text) == (byte == ' '));
                CHECK(visible(text) == plain.substr(0, at) + shown + plain.substr(at + 1));
            }
        }
    }
}

TEST_CASE("visible lines: tabs and line ends stay, carriage returns only at the end of a line") {
    CHECK(lines("a\tb\r\nc\r\r\nd\r") == "a\tb\r\nc\r\r\nd\r");
    CHECK(lines("true\rfalse\n") == "true\\x0dfalse\n");
    CHECK(lines("\x1b]0;title\x07\n") == "\\x1b]0;title\\x07\n");
    std::string part;
    append_visible_part(part, "a\tb\r\n");
    CHECK(part == "a\tb\\x0d\\x0a");
}

TEST_CASE("names: a program gets the bytes, a terminal none that it would obey") {
    std::string out;
    append_name(out, "a\x1b\n", Reader::program);
    append_name(out, "a\x1b\n", Reader::terminal);
    CHECK(out == "a\x1b\na\\x1b\\x0a");
}
