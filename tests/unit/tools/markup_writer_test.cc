// Colours around the elements of markup.
#include <doctest/doctest.h>

#include <string>

#include "tools/markup_writer.h"

using namespace symline;
using namespace symline::tools;

namespace {

/// An element "x" with a value "y" after the log's own sequences, with "e" for an escape.
std::string written(bool coloured, std::initializer_list<std::string_view> sequences) {
    StandardOutput output(-1, output::Reader::program);
    MarkupWriter writer(output, coloured);
    for (const std::string_view each : sequences) {
        if (!writer.take_colour(each)) writer.text(each);
    }
    writer.begin();
    writer.text("x");
    writer.value("y");
    writer.end();
    writer.reset();
    std::string text = output.buffer();
    for (char& c : text) {
        if (c == '\033') c = 'e';
    }
    return text;
}

}  // namespace

TEST_CASE("elements of markup have LLVM's colours") {
    CHECK(written(false, {}) == "xy");
    CHECK(written(true, {}) == "e[0;34mxe[0;32mye[0;34me[0m");
    CHECK(written(true, {"\033[31m"}) == "e[0;31me[0;34mxe[0;32mye[0;34me[0;31me[0m");
    CHECK(written(true, {"\033[34m"}) == "e[0;34me[0;36mxe[0;32mye[0;36me[0;34me[0m");
    CHECK(written(true, {"\033[1m"}) == "e[1me[0;1;34mxe[0;1;32mye[0;1;34me[0me[1me[0m");
    CHECK(written(true, {"\033[1m", "\033[0m"}) == "e[1me[0me[0;34mxe[0;32mye[0;34me[0m");
}

TEST_CASE("without colours those of the log are left out, other sequences stay") {
    CHECK(written(false, {"\033[31m", "\033[1m", "\033[0m"}) == "xy");
    CHECK(written(false, {"\033[38m"}) == "e[38mxy");
    CHECK(colour_sequence("\033[37mx") == 5);
    CHECK(colour_sequence("\033[38mx") == 0);
    CHECK(colour_sequence("\033[3") == 0);
    CHECK(colour_sequence("\033[0m") == 4);
    CHECK(colour_sequence("") == 0);
}
