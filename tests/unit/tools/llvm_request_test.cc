#include "tools/llvm_request.h"

#include <doctest/doctest.h>

#include <string>

using namespace symline::tools;

namespace {

constexpr LlvmLineSyntax kGiven{.module_given = true};
constexpr LlvmLineSyntax kNamed{.module_given = false};
constexpr LlvmLineSyntax kPrefixed{.numbers = NumberForm::prefixed, .module_given = true};

Request request(std::string_view line, LlvmLineSyntax syntax) {
    const auto parsed = parse_llvm_request(line, syntax);
    REQUIRE(parsed.has_value());
    return *parsed;
}

std::string_view fault(std::string_view line, LlvmLineSyntax syntax = kNamed) {
    const auto parsed = parse_llvm_request(line, syntax);
    REQUIRE_FALSE(parsed.has_value());
    return parsed.error();
}

}  // namespace

TEST_CASE("llvm request: numbers as C writes them") {
    CHECK(prefixed_number("0x1f") == 0x1f);
    CHECK(prefixed_number("0X1F") == 0x1f);
    CHECK(prefixed_number("0b101") == 5);
    CHECK(prefixed_number("0B101") == 5);
    CHECK(prefixed_number("0o17") == 15);
    CHECK(prefixed_number("017") == 15);
    CHECK(prefixed_number("17") == 17);
    CHECK(prefixed_number("0") == 0);
    CHECK(prefixed_number("18446744073709551615") == UINT64_MAX);
    for (const char* text : {"", "0x", "0b", "0b2", "0o8", "0O17", "08", "1f", "-1", "+1", "1 ",
                             "18446744073709551616", "0x10000000000000000", "zz"}) {
        CAPTURE(text);
        CHECK_FALSE(prefixed_number(text).has_value());
    }
}

TEST_CASE("llvm request: addr2line's numbers are hexadecimal, the symbolizer's as C writes them") {
    CHECK(request("10", kGiven).input.number == 0x10);
    CHECK(request("0X10", kGiven).input.number == 0x10);
    CHECK(request("add", kGiven).input.number == 0xadd);
    CHECK(request("10", kPrefixed).input.number == 10);
    CHECK(request("0x10", kPrefixed).input.number == 0x10);
    CHECK_FALSE(request("add", kPrefixed).input.number.has_value());
    CHECK(fault("0o17", kGiven) == "expected a number as module offset");
    CHECK(fault("10000000000000000", kGiven) == "expected a number as module offset");
}

TEST_CASE("llvm request: kinds, and text after the place") {
    CHECK(request("CODE 0x10", kGiven).kind == Request::Kind::code);
    CHECK(request("DATA main", kGiven).kind == Request::Kind::data);
    CHECK(request("FRAME 5\r", kGiven).kind == Request::Kind::frame);
    CHECK(request("CODE", kGiven).input.name == "CODE");
    CHECK(request("DATABASE 5", kGiven).input.name == "DATABASE");
    CHECK(request("f and more", kGiven).input.name == "f");
}

TEST_CASE("llvm request: symbols and offsets") {
    const auto offset = request("f+0x10", kGiven).input;
    CHECK(offset.name == "f");
    CHECK(offset.offset == 16);
    CHECK(request("f+010", kGiven).input.offset == 8);
    CHECK(request("a+b+4", kGiven).input.name == "a+b");
    for (const char* text : {"f+", "f+abc", "f+0A", "+0x1138"}) {
        CAPTURE(text);
        CHECK(request(text, kGiven).input.name == text);
        CHECK_FALSE(request(text, kGiven).input.has_offset);
    }
}

TEST_CASE("llvm request: the file of a line") {
    const auto plain = request("DATA lib/a.so 0x10\r", kNamed);
    CHECK(plain.module == "lib/a.so");
    CHECK(plain.place == "0x10");
    CHECK(request("\"my prog\" 0x10", kNamed).module == "my prog");
    CHECK(request("FILE:'my prog' f", kNamed).module == "my prog");
    CHECK(request("CODE FILE: prog f", kNamed).module == "prog");
    const auto id = request("BUILDID:0123abCD 0x10", kNamed);
    CHECK(id.build_id == "0123abCD");
    CHECK(id.module.empty());
    CHECK(id.input.number == 0x10);
}

TEST_CASE("llvm request: what is wrong with a line") {
    CHECK(fault("").empty());
    CHECK(fault("\r\n").empty());
    CHECK(fault("prog") == "no module offset has been specified");
    CHECK(fault(" ", kGiven) == "no module offset has been specified");
    CHECK(fault("\"prog 0x10") == "no input filename has been specified");
    CHECK(fault("FILE:") == "must be followed by an input file");
    CHECK(fault("BUILDID: ") == "must be followed by a hash");
    CHECK(fault("BUILDID:zz 1") == "wrong format of build-id");
    CHECK(fault("FILE:\"prog 1") == "unbalanced quotes in input file name");
    CHECK(fault("FILE:FILE:prog 1") == "duplicate input file specification prefix");
    CHECK(fault("FILE:BUILDID:12 1") == "duplicate input file specification prefix");
    CHECK(fault("FILE:prog 1", kGiven) == "input file has already been specified");
}

TEST_CASE("llvm_request: build ids with an odd number of digits lack the first one") {
    const auto hex = [](std::string_view text) {
        const auto id = parse_llvm_build_id(text);
        return id ? id->hex() : "";
    };
    CHECK(hex("abc") == "0abc");
    CHECK(hex("0ABC") == "0abc");
    CHECK(hex("a") == "0a");
    CHECK(hex("") == "");
    CHECK(hex("xyz") == "");
    CHECK(hex(std::string(127, 'a')).size() == 128);
    CHECK(hex(std::string(129, 'a')) == "");
}
