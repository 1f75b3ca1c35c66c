#include "tools/messages.h"

#include <doctest/doctest.h>

using namespace symline;
using namespace symline::tools;

TEST_CASE("messages: GNU addr2line's words for files that cannot be opened") {
    const auto said = [](ErrorCode code) { return open_failure({code, "x", "why"}, "x"); };
    CHECK(said(ErrorCode::not_found) == "'x': No such file");
    CHECK(said(ErrorCode::is_directory) == "Warning: 'x' is a directory");
    CHECK(said(ErrorCode::not_a_file) == "Warning: 'x' is not an ordinary file");
    CHECK(said(ErrorCode::archive) == "x: cannot get addresses from archive");
    CHECK(said(ErrorCode::not_elf) == "x: file format not recognized");
    CHECK(said(ErrorCode::truncated) == "x: file format not recognized: why");
    CHECK(said(ErrorCode::empty) == "'x': the file is empty");
    CHECK(said(ErrorCode::unreadable) == "'x': why");
}

TEST_CASE("messages: LLVM's words in JSON") {
    CHECK(system_message({ErrorCode::not_found, "x", "why"}) == "No such file or directory");
    CHECK(system_message({ErrorCode::is_directory, "x", "why"}) == "Is a directory");
    CHECK(system_message({ErrorCode::not_elf, "x", "why"}) ==
          "The file was not recognized as a valid object file");
    CHECK(system_message({ErrorCode::truncated, "x", "why"}) == "why");
}

TEST_CASE("messages: damage names the file that is damaged") {
    CHECK(damage({ErrorCode::malformed, "x.debug", "why"}, "x") == "'x.debug': why");
    CHECK(damage({ErrorCode::malformed, "", "why"}, "x") == "'x': why");
}

TEST_CASE("messages: the program's name is the last component") {
    CHECK(program_name("/usr/bin/symline-addr2line") == "symline-addr2line");
    CHECK(program_name("addr2line") == "addr2line");
}
