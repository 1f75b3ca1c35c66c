// The elements of symbolizer markup, and the numbers in them.
#include <doctest/doctest.h>

#include <string>

#include "log/markup_element.h"

using namespace symline::log;

namespace {

/// "pc(0x1,ra)bt()": tags and fields of all elements of a line.
std::string all(std::string_view line) {
    std::string text;
    for (std::size_t at = 0;;) {
        const auto element = next_markup_element(line, at);
        if (!element) return text;
        at = static_cast<std::size_t>(element->text.data() - line.data()) + element->text.size();
        (text += element->tag) += '(';
        for (std::size_t i = 0; i < element->fields.size(); ++i) {
            if (i != 0) text += ',';
            text += element->fields[i];
        }
        text += ')';
    }
}

}  // namespace

TEST_CASE("elements of markup have a tag and fields") {
    CHECK(all("a {{{reset}}} b {{{pc:0x1:ra}}}{{{bt:0:0x2}}}") == "reset()pc(0x1,ra)bt(0,0x2)");
    CHECK(all("{{{pc:}}}{{{pc::}}}") == "pc()pc(,)");
    CHECK(all("{{{}}}{{{:1}}}{{{a}}}") == "a()");
    CHECK(all("{{{a") == "");
    CHECK(all("}}}{{{a}}") == "");
    CHECK(all("{{{{a}}}}") == "{a()");
    CHECK(all("") == "");
}

TEST_CASE("numbers in markup are those of C, and whole") {
    CHECK(markup_integer("0x1F") == 31);
    CHECK(markup_integer("0b101") == 5);
    CHECK(markup_integer("0o17") == 15);
    CHECK(markup_integer("017") == 15);
    CHECK(markup_integer("0") == 0);
    CHECK(markup_integer("19") == 19);
    CHECK(markup_integer("18446744073709551615") == ~std::uint64_t{0});
    for (const char* const wrong :
         {"", "-1", "1x", "0x", "08", "x", "18446744073709551616", "0x10000000000000000", "+1"}) {
        CHECK_FALSE(markup_integer(wrong));
    }
    CHECK(markup_address("0x1f") == 31);
    CHECK(markup_address("000") == 0);
    for (const char* const wrong : {"", "1", "0X1", "0x", "0x1g", "0x10000000000000000"}) {
        CHECK_FALSE(markup_address(wrong));
    }
}
