#include "log/csv_row.h"

#include <doctest/doctest.h>

#include <string>

using symline::log::CsvReader;

namespace {

/// The fields of each line, as COLUMN:TEXT.
std::string shown(CsvReader& reader, std::string_view line) {
    std::string out;
    for (const auto& field : reader.read(line)) {
        out += std::to_string(field.column) + ":";
        out += line.substr(field.begin, field.end - field.begin);
        out += '|';
    }
    return out;
}

std::string shown(std::string_view line) {
    CsvReader reader;
    return shown(reader, line);
}

}  // namespace

TEST_CASE("csv: the quoted fields of a row") {
    CHECK(shown(R"("a","b c",,"d""e")") == R"(0:a|1:b c|3:d""e|)");
    CHECK(shown(R"(1;"a;b";2)") == "1:a;b|");
    CHECK(shown("x y\t\"\"\t\"z\"") == "1:|2:z|");
}

TEST_CASE("csv: what is no row") {
    for (const auto* line :
         {"", "a,b", "\"a\"", "\"RIP: 0010:a+0x1/0x2\"", "say \"a\", \"b\"", "\"a\",b\"c",
          "\"a\"b,\"c\"", "f(\"a\",\"b\")", "1,\"open", "\"a\",\"open", "\""}) {
        CHECK(shown(line).empty());
    }
}

TEST_CASE("csv: a field over several lines, after a header or a row") {
    CsvReader reader;
    CHECK(!reader.wants("\"a"));
    reader.read_header("time,host,\"message\",n");
    CHECK(reader.wants("1,\"a"));
    CHECK(!reader.wants("1,a"));
    CHECK(shown(reader, "1,box,\"a") == "2:a|");
    CHECK(reader.wants("b"));
    CHECK(shown(reader, "b") == "2:b|");
    CHECK(shown(reader, "c \"\"d\"\"\",\"2\"") == "2:c \"\"d\"\"|3:2|");
    CHECK(!reader.wants("b"));
    // What turns out to be none ends it.
    CHECK(shown(reader, "1,box,\"a") == "2:a|");
    CHECK(shown(reader, "b \"c\" d").empty());
    CHECK(!reader.wants("b"));
}

TEST_CASE("csv: headers are names alone") {
    for (const auto* line : {"", "a", "a, b", ",a", "a,", "a,,b", "[  1.0] a,b", "a: b,c"}) {
        CsvReader reader;
        reader.read_header(line);
        CHECK(!reader.wants("\"x\""));
    }
}
