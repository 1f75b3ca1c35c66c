#include "tools/input.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

using namespace symline::tools;

TEST_CASE("input: the longest hexadecimal prefix counts") {
    struct Case {
        const char* text;
        std::uint64_t number;
    };
    for (const auto& [text, number] :
         {Case{"0x401130", 0x401130}, Case{"401130", 0x401130}, Case{"0X1F", 0x1f},
          Case{"0x1f,", 0x1f}, Case{" \t401130 \r", 0x401130}, Case{"401130 401131", 0x401130},
          Case{"0x", 0}, Case{"+0x10", 0x10}, Case{"ffffffffffffffff", UINT64_MAX},
          Case{"ffffffffffffffffff", UINT64_MAX}, Case{"0010", 0x10}}) {
        CAPTURE(text);
        CHECK(parse_input(text).number == number);
    }
    for (const char* text : {"", "zz", ",", "-1", "  ", "_start"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_input(text).number.has_value());
    }
}

TEST_CASE("input: llvm-addr2line takes whole numbers only") {
    for (const char* text : {"0x10", "10 \r", "10 x", "ffffffffffffffff"}) {
        CAPTURE(text);
        CHECK(parse_input(text).whole_number);
    }
    for (const char* text : {"", "zz", "10,", "CODE", "ffffffffffffffffff", "0x"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_input(text).whole_number);
    }
}

TEST_CASE("input: what a symbol may be called is not surely a number") {
    for (const char* text : {"0", "0x10", "401130", "1f,", "ffffffff81000000", "deadbeef"}) {
        CAPTURE(text);
        CHECK(parse_input(text).surely_number);
    }
    for (const char* text : {"dup", "add", "f1", "main", "deadbeef_handler", "dup+0x10"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_input(text).surely_number);
    }
}

TEST_CASE("input: name and offset") {
    const auto plain = parse_input("main");
    CHECK(plain.name == "main");
    CHECK_FALSE(plain.has_offset);
    CHECK(plain.offset == 0);
    CHECK(parse_input("main+0x16").offset == 0x16);
    CHECK(parse_input("main+16").offset == 16);
    CHECK(parse_input("main+0x16/0x40").offset == 0x16);
    CHECK(parse_input(" main + 0x16 ").name == "main");
    CHECK(parse_input(" main + 0x16 ").offset == 0x16);
    CHECK(parse_input(".init.text+0x4").name == ".init.text");
    CHECK(parse_input("a+b+4").name == "a+b");
    for (const char* text : {"main+zz", "main+", "main+0x", "main+1x", "main+-1", "main+0x16 8"}) {
        CAPTURE(text);
        const auto no_number = parse_input(text);
        CHECK(no_number.has_offset);
        CHECK(no_number.name == text);
        CHECK(no_number.offset == 0);
    }
}

TEST_CASE("input: text ends at a NUL byte") {
    const std::string text("401130\0zz", 9);
    CHECK(parse_input(text).name == "401130");
}

TEST_CASE("request: to GNU addr2line, a line is a place and nothing else") {
    const auto request = parse_request("DATA 0x10");
    CHECK(request.kind == Request::Kind::code);
    CHECK(request.place == "DATA 0x10");
    CHECK(request.input.number == 0xda);
}

TEST_CASE("a plain address: the number that any input is taken for, or nothing") {
    CHECK(plain_address("0x0") == 0);
    CHECK(plain_address("0xAbCdEf") == 0xabcdef);
    CHECK(plain_address("0xffffffff81000000") == 0xffffffff81000000);
    CHECK(plain_address("0x0123456789abcdef") == 0x0123456789abcdef);
    CHECK(plain_address("ffffffff81000000") == 0xffffffff81000000);
    CHECK(plain_address("deadBEEF") == 0xdeadbeef);
    for (const char* text : {"",
                             "0",
                             "0x",
                             "10",
                             "main",
                             "1234567",
                             "0x1g",
                             "0x1 ",
                             " 0x1",
                             "0x1\r",
                             "0x1+2",
                             "12345678+2",
                             "+12345678",
                             "12345678 ",
                             "0X12345678",
                             "0x1234567812345678a",
                             "1234567812345678a",
                             "0xffffffff8100000g",
                             "ffffffff8100000g",
                             "0xgfffffff81000000"}) {
        CAPTURE(text);
        CHECK_FALSE(plain_address(text).has_value());
    }
    for (const char* text :
         {"0x1", "0x10", "0xffffffffffffffff", "00000010", "deadbeef", "ffffffffffffffff"}) {
        CAPTURE(text);
        const auto input = parse_input(text);
        CHECK(plain_address(text) == input.number);
        CHECK(input.whole_number);
        CHECK(input.surely_number);
        CHECK_FALSE(input.has_offset);
    }
}
