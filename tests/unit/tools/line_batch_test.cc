#include "tools/line_batch.h"

#include <doctest/doctest.h>

#include <string>

using symline::tools::LineBatch;
using symline::tools::LineReader;

TEST_CASE("line batch: lines one by one and together, empty ones, line ends inside of one") {
    LineBatch batch;
    batch.add("first");
    batch.add_lines("second\n\nfourth\r\n");
    batch.add_lines("");
    batch.add("an argument\nmay have that");
    batch.add_lines("\n");
    batch.add("");
    REQUIRE(batch.size() == 7);
    CHECK(batch[0] == "first");
    CHECK(batch[1] == "second");
    CHECK(batch[2].empty());
    CHECK(batch[3] == "fourth\r");
    CHECK(batch[4] == "an argument\nmay have that");
    CHECK(batch[5].empty());
    CHECK(batch[6].empty());
    batch.clear();
    CHECK(batch.size() == 0);
    batch.add_lines("again\n");
    CHECK(batch[0] == "again");
}

TEST_CASE("line batch: what exceeds the longest line is dropped") {
    LineBatch batch;
    batch.add_lines(std::string(LineReader::kMaxLine + 5, 'a') + "\nb\n");
    REQUIRE(batch.size() == 2);
    CHECK(batch[0].size() == LineReader::kMaxLine);
    CHECK(batch[1] == "b");
}

TEST_CASE("line batch: it is full when it has many lines, or much text") {
    LineBatch lines;
    const std::string many(LineBatch::kMaxLines, '\n');
    lines.add_lines(std::string_view(many).substr(1));
    CHECK_FALSE(lines.full());
    lines.add_lines("\n");
    CHECK(lines.full());
    LineBatch text;
    const std::string megabyte(std::size_t{1024} * 1024 - 1, 'a');
    for (int i = 0; i < 63; ++i) text.add(megabyte);
    CHECK_FALSE(text.full());
    text.add(megabyte);
    CHECK(text.full());
}
