#include "tools/faddr2line_run.h"

#include <doctest/doctest.h>

using namespace symline::tools;

TEST_CASE("faddr2line options: at least two words, --list only as the first") {
    CHECK_FALSE(parse_faddr2line({}).has_value());
    CHECK_FALSE(parse_faddr2line({"--list"}).has_value());
    CHECK_FALSE(parse_faddr2line({"-h"}).has_value());
    CHECK_FALSE(parse_faddr2line({"vmlinux"}).has_value());
    const auto plain = parse_faddr2line({"vmlinux", "f+1", "--list"});
    REQUIRE(plain.has_value());
    CHECK_FALSE(plain->list);
    CHECK(plain->file == "vmlinux");
    CHECK(plain->places == std::vector<std::string>{"f+1", "--list"});
    const auto nothing = parse_faddr2line({"--list", "vmlinux"});
    REQUIRE(nothing.has_value());
    CHECK(nothing->list);
    CHECK(nothing->places.empty());
}

TEST_CASE("faddr2line options: the first empty path is named") {
    const auto options = parse_faddr2line({"--debug-file=", "--sysroot=", "vmlinux", "f+1"});
    REQUIRE(options.has_value());
    CHECK(options->problem == "'--debug-file=': the option needs a value");
    CHECK(parse_faddr2line({"--debug-dir=/", "vmlinux", "f+1"})->problem.empty());
}

TEST_CASE("faddr2line: a place keeps the spelling that was typed") {
    const auto full = split_place("tcp_v4_rcv+0X10/0x0A0");
    CHECK(full.name == "tcp_v4_rcv");
    CHECK(full.offset == "0X10");
    CHECK(full.size == "0x0A0");
    CHECK(split_place("f+010").offset == "010");
    CHECK(split_place("f+010").size.empty());
    CHECK(split_place("f+1/").offset == "1");
    CHECK(split_place("f+1/").size.empty());
    CHECK(split_place("f+-1").offset == "-1");
    CHECK(split_place("a+b+1").name == "a+b");
}
