#include "output/json_writer.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace symline::output;

namespace {

std::string quoted(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

template <typename Write>
std::string written(Write write) {
    std::string out;
    JsonWriter json(out);
    write(json);
    return out;
}

}  // namespace

TEST_CASE("json writer: strings are always valid JSON and UTF-8") {
    CHECK(quoted("a\"b\\c\n\t\r\x01") == R"("a\"b\\c\n\t\r\u0001")");
    CHECK(quoted("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80") ==
          "\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80\"");
    const std::string replaced = "\"\xef\xbf\xbd\"";
    CHECK(quoted("\xff") == replaced);
    CHECK(quoted("\xc3") == replaced);
    CHECK(quoted("\x80") == replaced);
    // An overlong slash and a surrogate: every byte is replaced.
    CHECK(quoted("\xc0\xaf") == "\"\xef\xbf\xbd\xef\xbf\xbd\"");
    CHECK(quoted("\xed\xa0\x80") == "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST_CASE("json writer: control characters that a terminal would obey are escaped") {
    CHECK(quoted("\x1b\x7f\xc2\x9b\xc2\xa0") == "\"\\u001b\\u007f\\u009b\xc2\xa0\"");
}

TEST_CASE("json writer: commas stand between members and between elements") {
    CHECK(written([](JsonWriter& json) {
              json.begin_object();
              json.string("text", "a\"b");
              json.number("number", 7);
              json.begin_array("empty");
              json.end_array();
              json.begin_object("inner");
              json.boolean("yes", true);
              json.boolean("no", false);
              json.end_object();
              json.array("list", std::vector{1, 2}, [&](int each) { json.number(each); });
              json.raw("raw", "null");
              json.end_object();
          }) ==
          R"({"text":"a\"b","number":7,"empty":[],"inner":{"yes":true,"no":false},"list":[1,2],)"
          R"("raw":null})");
}

TEST_CASE("json writer: an array of objects, and objects without members") {
    CHECK(written([](JsonWriter& json) {
              json.begin_array();
              for (int i = 0; i < 2; ++i) json.begin_object(), json.end_object();
              json.string("end");
              json.end_array();
          }) == R"([{},{},"end"])");
}

TEST_CASE("json writer: members that say nothing are left out") {
    CHECK(written([](JsonWriter& json) {
              json.begin_object();
              json.nonempty_string("a", "");
              json.nonzero_number("b", 0);
              json.nonempty_string("c", "x");
              json.nonzero_number("d", 1U);
              json.end_object();
          }) == R"({"c":"x","d":1})");
}

TEST_CASE("json writer: the ends of the number range, and addresses as strings") {
    const auto number = [](auto value) {
        return written([&](JsonWriter& json) { json.number(value); });
    };
    CHECK(number(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK(number(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    CHECK(number(-1) == "-1");
    CHECK(written([](JsonWriter& json) { json.hex(0xffffffff81000000); }) ==
          R"("0xffffffff81000000")");
}

TEST_CASE("json writer: an object that another writer has begun is continued") {
    std::string out = R"({"a":1)";
    JsonWriter json(out, JsonWriter::Start::after_member);
    json.number("b", 2);
    json.end_object();
    CHECK(out == R"({"a":1,"b":2})");
}
