#include "log/embedded_text.h"

#include <doctest/doctest.h>

#include <string>
#include <tuple>
#include <vector>

using namespace symline;
using log::EmbeddedText;

namespace {

/// The texts of a line, each in brackets, and where in the line something after them goes: "^".
std::string shown(std::string_view line) {
    EmbeddedText embedded;
    if (!embedded.assign(line)) return "no JSON";
    std::string out;
    for (std::size_t i = 0; i < embedded.lines().size(); ++i) {
        const auto text = embedded.text(embedded.lines()[i]);
        const auto place = embedded.place(i, line);
        const auto at = place.place_of(text.size());
        out += std::string(place.raw.substr(0, at)) + "^" + std::string(place.raw.substr(at));
        out += "[" + std::string(text) + "]";
    }
    return out;
}

}  // namespace

TEST_CASE("embedded text: the messages of an object, without their escapes") {
    CHECK(shown(R"({"log":"RIP: 0010:a+0x1/0x2\n","time":"2026"})") ==
          R"({"log":"RIP: 0010:a+0x1/0x2^\n","time":"2026"}[RIP: 0010:a+0x1/0x2])");
    CHECK(shown(R"({"MESSAGE":"\ta\u003cb\u003e \"c\" \/ \\"})") ==
          "{\"MESSAGE\":\"\\ta\\u003cb\\u003e \\\"c\\\" \\/ \\\\^\"}[\ta<b> \"c\" / \\]");
    CHECK(shown(R"({"msg":"\u00e4\u20ac\ud83d\ude00\ud83d"})") ==
          "{\"msg\":\"\\u00e4\\u20ac\\ud83d\\ude00\\ud83d^\"}[\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"
          "\xef\xbf\xbd]");
    CHECK(shown(R"({"message":"","n":-1.5e3,"ok":true})") ==
          R"({"message":"^","n":-1.5e3,"ok":true}[])");
}

TEST_CASE("embedded text: several lines of a string, and several strings") {
    CHECK(shown(R"({"message":"a\r\n\n b"})") == R"({"message":"a^[a]\r\n^[]\n b^"}[ b])");
    CHECK(shown(R"([{"message":"a"},{"message":"b"}])") ==
          R"([{"message":"a^[a]"},{"message":"b^"}][b])");
    CHECK(shown(R"({"streams":[{"values":[["1700","a"],["1701","b"]]}]})") ==
          R"({"streams":[{"values":[["1700","a^[a]"],["1701","b^"]]}]}[b])");
}

TEST_CASE("embedded text: bytes as journalctl prints what is no clean text") {
    CHECK(shown(R"({"MESSAGE":[27,91, 109 ,97],"N":"1"})") ==
          "{\"MESSAGE\":[27,91, 109 ,97^],\"N\":\"1\"}[\x1b[ma]");
    CHECK(shown(R"({"numbers":[1,2,300],"codes":[1,2]})").empty());
}

TEST_CASE("embedded text: JSON in a string of JSON") {
    const std::string line = R"({"log":"{\"msg\":\"a\\n \\\"b\\\"\"}\n"})";
    CHECK(shown(line) == R"({"log":"{\"msg\":\"a^[a]\\n \\\"b\\\"^\"}\n"}[ "b"])");
    EmbeddedText embedded;
    REQUIRE(embedded.assign(line));
    CHECK(embedded.place(1, line).depth == 2);
}

TEST_CASE("embedded text: of other members and of keys what a rule could match") {
    CHECK(shown(R"({"stack":["x","y+0x1/0x2"],"who":"z"})") ==
          R"({"stack":["x","y+0x1/0x2^"],"who":"z"}[y+0x1/0x2])");
    CHECK(shown(R"({"data":{"@":{"\n a+1\n":2}}})") ==
          R"({"data":{"@":{"^[]\n a+1^\n":2}}}[ a+1])");
    CHECK(shown(R"({"body":{"stringValue":"a"},"b":{"stringValue":"c"}})") ==
          R"({"body":{"stringValue":"a^"},"b":{"stringValue":"c"}}[a])");
}

TEST_CASE("embedded text: an object after a prefix, or printed over several lines") {
    CHECK(shown(R"(web-1  | {"msg":"a"})") == R"(web-1  | {"msg":"a^"}[a])");
    CHECK(shown(R"(	"MESSAGE" : "a {\"",)") == "\t\"MESSAGE\" : \"a {\\\"^\",[a {\"]");
    CHECK(shown(R"(RIP: 0010:a+0x1/0x2 {"msg":"a"})") == "no JSON");
}

TEST_CASE("embedded text: a part of an object that is printed over several lines") {
    for (const auto& [line, is_part, expected] :
         {std::tuple(R"({ "log": "a",)", true, R"({ "log": "a^",[a])"),
          std::tuple(R"([{"log": "a", "b": {"c": [1,)", true,
                     R"([{"log": "a^", "b": {"c": [1,[a])"),
          std::tuple(R"({ "b": { "log": "a" },)", true, R"({ "b": { "log": "a^" },[a])"),
          std::tuple(R"({ "log":)", true, ""),
          std::tuple(R"("log": [ "a",)", true, R"("log": [ "a^",[a])"),
          std::tuple(R"({"log": "a"} })", false, R"({"log": "a^"} }[a])")}) {
        CAPTURE(line);
        CHECK(shown(line) == expected);
        EmbeddedText embedded;
        REQUIRE(embedded.assign(line));
        CHECK(embedded.is_part() == is_part);
    }
    const std::string closing = R"(  } ], "log": "a")";
    CHECK(shown(closing) == "no JSON");
    EmbeddedText embedded;
    REQUIRE(embedded.assign(closing, EmbeddedText::Above::object));
    CHECK(embedded.is_part());
    REQUIRE(embedded.lines().size() == 1);
    CHECK(embedded.text(embedded.lines()[0]) == "a");
}

TEST_CASE("embedded text: lists of lists") {
    CHECK(shown(R"([["17","a"],["18","b"]])") == R"([["17","a^[a]"],["18","b^"]][b])");
    CHECK(EmbeddedText::may_begin(R"([["17")"));
    CHECK(EmbeddedText::may_begin(R"([17.5, {"log": "a"}])"));
    CHECK_FALSE(EmbeddedText::may_begin("[   12.345678] a"));
}

TEST_CASE("embedded text: objects with little or nothing between them") {
    for (const std::string between : {"", " ", "\t", ",", ", "}) {
        CAPTURE(between);
        CHECK(shown(R"({"log":"a"})" + between + R"({"log":"b"})") ==
              R"({"log":"a^[a]"})" + between + R"({"log":"b^"}[b])");
    }
    CHECK(shown(R"({"n":1} {"log":"b"})") == R"({"n":1} {"log":"b^"}[b])");
    CHECK(shown(R"({"n":1} x)") == "no JSON");
}

TEST_CASE("embedded text: what is no JSON is none") {
    for (const std::string line :
         {"", "{", "[", "{}x", "{\"a\"", "{\"a\"}", "{\"a\":}", "{\"a\":1 x", "{\"msg\":\"a",
          "{\"msg\":\"a\\", "\"RIP: 0010:a+0x1/0x2\" x", "[   12.3] a",
          "{ stacktrace:", "{\"a\":1}]x", "}, \"msg\": \"a\""}) {
        CAPTURE(line);
        CHECK(shown(line) == "no JSON");
    }
    CHECK(shown(std::string(100000, '[')) == "no JSON");
    CHECK(shown(std::string(EmbeddedText::kMaxLine, ' ') + "{}") == "no JSON");
}

TEST_CASE("embedded text: strings that are no members, and Fluent Bit's arrows") {
    CHECK(shown(R"("RIP: 0010:a+0x1/0x2",)") == R"("RIP: 0010:a+0x1/0x2^",[RIP: 0010:a+0x1/0x2])");
    CHECK(shown(R"([ "a+0x1/0x2", "b"])") == R"([ "a+0x1/0x2^[a+0x1/0x2]", "b^"][b])");
    CHECK(shown(R"([17, {"message"=>"a"}])") == R"([17, {"message"=>"a^"}][a])");
}

TEST_CASE("embedded text: neither a name nor what is nested too deep is a text") {
    for (const auto& line : {std::string(R"({"y+0x1/0x2":1})"), std::string(R"("y+0x1/0x2": {)"),
                             "{\"a\":" + std::string(100000, '[')}) {
        EmbeddedText embedded;
        CHECK(embedded.assign(line));
        CHECK(embedded.lines().empty());
    }
}

TEST_CASE("embedded text: the machine, where the object names it") {
    EmbeddedText embedded;
    const std::string line = R"({"MESSAGE":"a","_HOSTNAME":"box"})";
    REQUIRE(embedded.assign(line));
    CHECK(embedded.host() == "box");
    REQUIRE(embedded.assign(R"({"host":{"name":"b\"x"}})"));
    CHECK(embedded.host().empty());
}
