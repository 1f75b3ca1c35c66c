#include "log/csv_row.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using symline::log::CsvReader;

namespace {

/// The fields of each line, as COLUMN:TEXT, without quotes COLUMN=TEXT.
std::string shown(CsvReader& reader, std::string_view line) {
    std::string out;
    for (const auto& field : reader.read(line).fields) {
        out += std::to_string(field.column) + (field.quoted ? ":" : "=");
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
    CHECK(shown(reader, "1,box,\"a") == "0=1|1=box|2:a|");
    CHECK(reader.wants("b"));
    CHECK(shown(reader, "b") == "2:b|");
    CHECK(shown(reader, "c \"\"d\"\"\",\"2\"") == "2:c \"\"d\"\"|3:2|");
    // What turns out to be none ends it.
    CHECK(shown(reader, "1,box,\"a") == "0=1|1=box|2:a|");
    CHECK(shown(reader, "b \"c\" d").empty());
    CHECK(shown(reader, "b").empty());
}

TEST_CASE("csv: fields without quotes are those of a table") {
    for (const char separator : {',', ';', '\t'}) {
        const auto with = [separator](std::string line) {
            std::ranges::replace(line, ',', separator);
            return line;
        };
        CsvReader reader;
        CHECK(reader.is_at_header());
        reader.read_header(with("time,host,_raw"));
        CHECK(!reader.is_at_header());
        CHECK(shown(reader, with("1,, a+0x1/0x2")) == "0=1|1=|2= a+0x1/0x2|");
        CHECK(shown(reader, with("1,\"x\"\"y\",b \"c\"")) == "0=1|1:x\"\"y|2=b \"c\"|");
        CHECK(reader.read(with("1,2,3")).message_column == 2);
        CHECK(reader.read(with("1,2,3")).separator == separator);
        // One that is none, as where a message has a line end, does not end the table.
        CHECK(shown(reader, with("1,2")).empty());
        CHECK(shown(reader, "").empty());
        CHECK(shown(reader, with("1,2,3,4")).empty());
        CHECK(shown(reader, with("1,2,3")) == "0=1|1=2|2=3|");
        for (int i = 0; i < 9; ++i) reader.read("text");
        CHECK(!reader.wants(with("1,2,3")));
    }
}

TEST_CASE("csv: a header whose next line has other fields makes no table") {
    for (const auto* line : {"a", "1,2", "1,2,3,4", "1;2;3", "1,2,\"3\" 4"}) {
        CsvReader reader;
        reader.read_header("time,host,message");
        CHECK(reader.wants(line));
        CHECK(shown(reader, line).empty());
        CHECK(!reader.wants("1,2,3"));
    }
}

TEST_CASE("csv: a row in quotes shows how many fields the next one has") {
    CsvReader reader;
    CHECK(shown(reader, "1,\"a, b\",2") == "1:a, b|");
    CHECK(shown(reader, "1,a,2") == "0=1|1=a|2=2|");
    CHECK(shown(reader, "1,b,2") == "0=1|1=b|2=2|");
    CsvReader other;
    CHECK(shown(other, "1,\"a, b\",2") == "1:a, b|");
    CHECK(shown(other, "a, b").empty());
    CHECK(!other.wants("1,a,2"));
}

TEST_CASE("csv: two rows that begin with a time") {
    for (const std::string separator : {",", ";"}) {
        CsvReader reader;
        const std::string row = "2026-11-27T19:40:05Z" + separator + "box" + separator;
        reader.read_header(row + "x");
        CHECK(reader.is_at_header());
        CHECK(!reader.wants(row + "x"));
        reader.read_header(row + "y");
        CHECK(!reader.is_at_header());
        CHECK(shown(reader, row + " a+0x1/0x2") == "0=2026-11-27T19:40:05Z|1=box|2= a+0x1/0x2|");
    }
    const std::string time = "2026-11-27 19:40:05";
    for (const auto& line : std::vector<std::string>{
             time + ",123 WARN a, b", time + ", a, b", time + ",a", time + "\ta\tb",
             time + " a,b,c", "2026-11-27,a,b", "4,1919,20661457,-;a", "a+0x1/0x2,b,c"}) {
        CsvReader reader;
        for (int i = 0; i < 2; ++i) {
            if (reader.is_at_header()) reader.read_header(line);
        }
        CHECK(!reader.is_at_header());
        CHECK(!reader.wants(line));
    }
    CsvReader other;
    other.read_header(time + ",a,b");
    other.read_header(time + ",a,b,c");
    CHECK(!other.is_at_header());
    CHECK(!other.wants(time + ",a,b"));
}

TEST_CASE("csv: the header below the line that names the separator, and one without a name") {
    CsvReader reader;
    reader.read_header("sep=;");
    CHECK(reader.is_at_header());
    reader.read_header(
        ";Time (s);Gr\xc3\xb6\xc3\x9f"
        "e;log.message");
    CHECK(!reader.is_at_header());
    CHECK(shown(reader, "0;1;2;3") == "0=0|1=1|2=2|3=3|");
    CHECK(reader.read("0;1;2;3").message_column == 3);
}

TEST_CASE("csv: the last column may have a number") {
    for (const auto* line : {"a,b 0", "a 0;b 0", "message;b 0"}) {
        CsvReader reader;
        reader.read_header(line);
        CHECK(reader.wants("1,2"));
    }
}

TEST_CASE("csv: a row or JSON") {
    CsvReader reader;
    CHECK(reader.is_rather_row(R"("a","b")"));
    for (const auto* line : {R"("a", "b")", R"("a\"","b")", R"("a",)"}) {
        CHECK(!reader.is_rather_row(line));
    }
    reader.read_header("time,host,message");
    CHECK(reader.is_rather_row(R"("a\n",1,"")"));
}

TEST_CASE("csv: headers are names alone") {
    for (const auto* line : {"", "a", "a, b", ",a", "a,", "a,,b", "[  1.0] a,b", "a: b,c", ",,a,b",
                             ";a,b", "Modules linked in: a,b", "register_list: a,b,c",
                             "swapper/0;start_kernel;rest_init 42"}) {
        CsvReader reader;
        reader.read_header(line);
        CHECK(!reader.wants("\"x\""));
        CHECK(!reader.wants("a,b"));
    }
}
