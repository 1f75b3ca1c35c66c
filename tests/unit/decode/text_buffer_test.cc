#include "decode/text_buffer.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using symline::decode::TextBuffer;
using symline::decode::TextLine;

namespace {

using Lines = std::vector<std::string>;

/// Each line with its end, as it was given out.
void take_all(TextBuffer& buffer, Lines& lines) {
    while (const auto line = buffer.take_line()) {
        lines.push_back(std::string(line->text) + "|" + std::string(line->end));
    }
}

const std::string kText = "one\ntwo\r\n\n\r\n3\r\r\n4\r\r\r\nlast";
const Lines kLines{"one|\n", "two|\r\n", "|\n", "|\r\n", "3|\r\r\n", "4\r|\r\r\n", "last|"};

}  // namespace

TEST_CASE("text buffer: the same lines wherever the text was cut") {
    for (std::size_t first = 0; first <= kText.size(); ++first) {
        for (std::size_t second = first; second <= kText.size(); ++second) {
            TextBuffer buffer;
            Lines lines;
            for (const std::string& piece :
                 {kText.substr(0, first), kText.substr(first, second - first),
                  kText.substr(second)}) {
                buffer.feed(piece);
                take_all(buffer, lines);
            }
            buffer.end();
            take_all(buffer, lines);
            CHECK(lines == kLines);
        }
    }
}

TEST_CASE("text buffer: a line without an end is one only when the text has ended") {
    TextBuffer buffer;
    buffer.feed("half");
    CHECK(!buffer.take_line());
    buffer.end();
    CHECK(buffer.take_line()->text == "half");
    CHECK(!buffer.take_line());
    buffer.clear();
    CHECK(!buffer.ended());
    CHECK(!buffer.take_line());
}

TEST_CASE("text buffer: lines stay where they are while more text comes") {
    TextBuffer buffer;
    buffer.feed("first\nsecond\nbegun");
    const auto first = *buffer.take_line();
    const auto second = *buffer.take_line();
    // Several chunks, and a line that lies across each border.
    for (int i = 0; i < 40; ++i)
        buffer.feed(std::string(100'000, 'x') + "\n" + std::string(9, 'y'));
    CHECK(first.text == "first");
    CHECK(second.text == "second");
    CHECK(buffer.take_line()->text == "begun" + std::string(100'000, 'x'));
    std::vector<TextLine> rest;
    while (const auto line = buffer.take_line()) rest.push_back(*line);
    REQUIRE(rest.size() == 39);
    for (const TextLine& line : rest) {
        CHECK(line.text == std::string(9, 'y') + std::string(100'000, 'x'));
    }
    CHECK(rest.back().chunk > first.chunk);
}

TEST_CASE("text buffer: chunks that were left behind are used again") {
    TextBuffer buffer;
    std::uint64_t last = 0;
    std::size_t count = 0;
    for (int i = 0; i < 200; ++i) {
        buffer.feed(std::string(50'000, 'x') + "\n" + std::to_string(i));
        while (const auto line = buffer.take_line()) {
            buffer.release_before(line->chunk);
            last = line->chunk;
            ++count;
            CHECK(line->text.ends_with(std::string(50'000, 'x')));
        }
    }
    CHECK(count == 200);
    CHECK(last > 10);
}

TEST_CASE("text buffer: what exceeds the longest line comes in pieces") {
    TextBuffer buffer;
    const std::string piece(TextBuffer::kMaxLine / 2, 'x');
    buffer.feed(piece);
    CHECK(!buffer.take_line());
    buffer.feed(piece);
    const auto line = buffer.take_line();
    REQUIRE(line);
    CHECK(line->text.size() == TextBuffer::kMaxLine);
    CHECK(line->end.empty());
    buffer.feed("rest\n");
    CHECK(buffer.take_line()->text == "rest");
}
