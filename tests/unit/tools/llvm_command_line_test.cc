#include "tools/llvm_command_line.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace symline::tools;

namespace {

constexpr option kLong[] = {{"exe", required_argument, nullptr, 'e'},
                            {"functions", optional_argument, nullptr, 256},
                            {"demangle", optional_argument, nullptr, 'C'},
                            {"inlines", no_argument, nullptr, 'i'}};

std::string read(const std::vector<std::string>& words) {
    const auto line = read_llvm_words(words, kLong, ":aCe:fi");
    std::string text;
    for (const auto& [letter, argument] : line.options) {
        text += letter == 256 ? "functions" : std::string(1, static_cast<char>(letter));
        if (!argument.empty()) text += "=" + argument;
        text += ' ';
    }
    for (const std::string& each : line.operands) text += "[" + each + "]";
    for (const std::string& each : line.errors) text += each + ";";
    return text;
}

}  // namespace

TEST_CASE("llvm command line: letters in one word, and where the file may follow") {
    for (const auto& words : std::vector<std::vector<std::string>>{{"-aie", "prog"},
                                                                   {"-aie=prog"},
                                                                   {"-aieprog"},
                                                                   {"-ai", "--exe", "prog"},
                                                                   {"-ai", "--exe=prog"}}) {
        CHECK(read(words) == "a i e=prog ");
    }
    CHECK(read({"-fi"}) == "f i ");
    CHECK(read({"-f=none"}) == "functions=none ");
}

TEST_CASE("llvm command line: operands may stand anywhere, and -- ends the options") {
    CHECK(read({"1", "-a", "2"}) == "a [1][2]");
    CHECK(read({"1", "--", "-a"}) == "[1][-a]");
    CHECK(read({"-"}) == "[-]");
}

TEST_CASE("llvm command line: long options are not abbreviated; some may have one dash") {
    CHECK(read({"--functions", "--functions=short"}) == "functions functions=short ");
    CHECK(read({"-demangle=false"}) == "C=false ");
    CHECK(read({"--inline"}) == "error: unknown argument '--inline', did you mean '--inlines'?;");
}

TEST_CASE("llvm command line: all that is wrong is said") {
    CHECK(read({"-x", "--zzzzzz", "-a"}) ==
          "a error: unknown argument '-x';error: unknown argument '--zzzzzz';");
    CHECK(read({"-ax"}) == "a error: unknown argument '-x';");
    CHECK(read({"-i=1"}) == "error: unknown argument '-i=1';");
    CHECK(read({"--inlines=1"}) ==
          "error: unknown argument '--inlines=1', did you mean '--inlines'?;");
    CHECK(read({"-e"}) == "error: -e: missing argument;");
    CHECK(read({"--exe"}) == "error: --exe: missing argument;");
}
