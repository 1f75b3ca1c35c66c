#include "tools/text_encoding.h"

#include <doctest/doctest.h>

#include <string>

using symline::tools::TextEncoding;
using namespace std::string_view_literals;

namespace {

/// The text in pieces of so many bytes.
std::string converted(std::string_view text, std::size_t piece) {
    TextEncoding encoding;
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += piece)
        out += encoding.convert(text.substr(at, piece), false);
    return out += encoding.convert({}, true);
}

}  // namespace

TEST_CASE("text encoding: UTF-16 by its mark, cut anywhere") {
    const auto little =
        "\xff\xfe"
        "a\0\xe4\0\xac\x20\x3d\xd8\x00\xde\n\0"sv;
    const auto big =
        "\xfe\xff"
        "\0a\0\xe4\x20\xac\xd8\x3d\xde\x00\0\n"sv;
    for (const std::size_t piece : {1, 2, 3, 5, 100}) {
        CHECK(converted(little, piece) == "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\n");
        CHECK(converted(big, piece) == "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\n");
    }
}

TEST_CASE("text encoding: halves of characters become U+FFFD") {
    CHECK(converted("\xff\xfe\x3d\xd8"
                    "a\0"sv,
                    1) ==
          "\xef\xbf\xbd"
          "a");
    CHECK(converted("\xff\xfe\x00\xde"sv, 1) == "\xef\xbf\xbd");
    CHECK(converted("\xff\xfe\x3d\xd8"sv, 1) == "\xef\xbf\xbd");
    CHECK(converted("\xff\xfe"
                    "a"sv,
                    1) == "\xef\xbf\xbd");
}

TEST_CASE("text encoding: other bytes stay, without UTF-8's mark") {
    for (const auto text : {""sv, "a"sv, "\xff"sv, "\xef\xbb"sv, "\xef\xbb!"sv, "\xff\xff\xfe"sv,
                            "\xff\xfe do_fork"sv}) {
        CHECK(converted(text, 1) == text);
        CHECK(converted(text, 100) == text);
    }
    TextEncoding encoding;
    CHECK(encoding.convert("\xef\xbb\xbf"
                           "a",
                           false) == "a");
    CHECK(encoding.had_mark());
    CHECK(encoding.convert("\xef\xbb\xbf", true) == "\xef\xbb\xbf");
}
