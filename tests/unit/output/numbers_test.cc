#include "output/numbers.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

using namespace symline::output;

namespace {

std::string hex(std::uint64_t value, unsigned digits = 1) {
    std::string out = ">";
    append_hex(out, value, digits);
    return out;
}

std::string with_0x(std::uint64_t value, unsigned digits = 1) {
    std::string out = ">";
    append_0x(out, value, digits);
    return out;
}

}  // namespace

TEST_CASE("hexadecimal: as many digits as are asked for, and no fewer than there are") {
    CHECK(hex(0) == ">0");
    CHECK(hex(0, 0) == ">0");
    CHECK(hex(0xa) == ">a");
    CHECK(hex(0x10) == ">10");
    CHECK(hex(0xabc, 2) == ">abc");
    CHECK(hex(0xabc, 5) == ">00abc");
    CHECK(hex(0xfedcba9876543210) == ">fedcba9876543210");
    CHECK(hex(0x1234, 16) == ">0000000000001234");
    CHECK(hex(0xfedcba9876543210, 18) == ">00fedcba9876543210");
    CHECK(hex(1, 20) == ">00000000000000000001");
}

TEST_CASE("hexadecimal: with 0x") {
    CHECK(with_0x(0) == ">0x0");
    CHECK(with_0x(0x1234, 3) == ">0x1234");
    CHECK(with_0x(0x401130, 16) == ">0x0000000000401130");
    CHECK(with_0x(0x401130, 8) == ">0x00401130");
    CHECK(with_0x(UINT64_MAX, 8) == ">0xffffffffffffffff");
    CHECK(with_0x(1, 17) == ">0x00000000000000001");
}

TEST_CASE("hexadecimal: of any size, the lowest byte first") {
    const auto wide = [](std::initializer_list<std::uint8_t> bytes) {
        std::string out = ">";
        append_0x(out, std::vector<std::uint8_t>(bytes));
        return out;
    };
    CHECK(wide({}) == ">0x0");
    CHECK(wide({0, 0, 0}) == ">0x0");
    CHECK(wide({0, 1, 0}) == ">0x100");
    CHECK(wide({1, 2, 3, 4, 5, 6, 7, 8, 9, 0x1a}) == ">0x1a090807060504030201");
}

TEST_CASE("decimal") {
    std::string out;
    append_decimal(out, 0);
    append_decimal(out, UINT64_MAX);
    CHECK(out == "018446744073709551615");
}
