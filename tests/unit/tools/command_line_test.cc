#include "tools/command_line.h"

#include <doctest/doctest.h>

#include <array>

#include "support/files.h"
#include "tools/nearest_word.h"

using namespace symline::tools;
using symline::test::fixture;

namespace {

enum class Stdin { pipe, terminal };

CommandLine read(std::vector<std::string> words, Stdin input = Stdin::pipe) {
    auto line = read_command_line(std::move(words), input == Stdin::terminal);
    REQUIRE(line.has_value());
    return std::move(*line);
}

Ending ending(std::vector<std::string> words, Stdin input = Stdin::pipe) {
    auto line = read_command_line(std::move(words), input == Stdin::terminal);
    REQUIRE_FALSE(line.has_value());
    return std::move(line.error());
}

}  // namespace

TEST_CASE("command line: a command takes the words after it") {
    const auto line = read({"core", "--pid", "1"});
    CHECK(line.command == Command::core);
    CHECK(line.words == std::vector<std::string>{"--pid", "1"});
    CHECK(read({"find", "x"}).command == Command::find);
    CHECK(read({"index"}).command == Command::index);
    CHECK(read({"decode", "--nonsense"}).command == Command::decode);
}

TEST_CASE("command line: a file alone, and a pipe alone, are decoded") {
    const auto log = fixture("src/mini-linux/init/main.c");
    const auto line = read({log, "--source=3"});
    CHECK(line.command == Command::decode);
    CHECK(line.words == std::vector<std::string>{log, "--source=3"});
    CHECK(read({"-"}).words == std::vector<std::string>{"-"});
    CHECK(read({}).command == Command::decode);
    CHECK(read({}).words.empty());
}

TEST_CASE("command line: help of the program and of a command") {
    CHECK(ending({}, Stdin::terminal).out.starts_with("Gives the stack frames"));
    for (const char* word : {"help", "-h", "--help"}) {
        CHECK(ending({word}).status == 0);
        CHECK(ending({word}).out.contains("  core        the stacks"));
    }
    CHECK(read({"help", "core"}).command == Command::core);
    CHECK(read({"help", "core"}).words == std::vector<std::string>{"--help"});
    CHECK(ending({"--version"}).out.starts_with("symline "));
}

TEST_CASE("command line: what is no command is answered with the list and the nearest word") {
    const auto wrong = ending({"decdoe", "x"});
    CHECK(wrong.status == 1);
    CHECK(wrong.error == "'decdoe' is neither a command nor a file; did you mean 'decode'?");
    CHECK(wrong.below.starts_with("Commands:\n  decode"));
    CHECK(ending({"help", "fnd"}).error.contains("did you mean 'find'?"));
    CHECK(ending({"oops.txt"}).error == "'oops.txt' is neither a command nor a file");
    CHECK(ending({"/"}).error.starts_with("'/' is a directory, neither a command nor"));
}

TEST_CASE("command line: options of decode stand before a log too") {
    const auto log = fixture("src/mini-linux/init/main.c");
    const auto line = read({"--offline", "-k", "vmlinux", log, "--source"}, Stdin::terminal);
    CHECK(line.command == Command::decode);
    CHECK(line.words.size() == 5);
    CHECK(read({"--source", "-"}, Stdin::terminal).command == Command::decode);
    CHECK(read({"--", log}).words.size() == 2);
    CHECK(read({"-Rr", "6.1"}).words == std::vector<std::string>{"-Rr", "6.1"});
    CHECK(read({"--source", "--help"}, Stdin::terminal).command == Command::decode);
    CHECK(read({"-r"}, Stdin::terminal).command == Command::decode);
    CHECK(ending({"--quiet", "--version"}).out.starts_with("symline "));
}

TEST_CASE("command line: options before a command, and before nothing") {
    CHECK(ending({"-k", "vmlinux"}, Stdin::terminal)
              .error.starts_with("'-k': options stand after a command, as in 'symline decode -k'"));
    CHECK(ending({"--offline", "find", "x"})
              .error.starts_with(
                  "'--offline': options stand after a command, as in 'symline find --offline'"));
    const auto missing = ending({"--offline", "oops.txt"});
    CHECK(missing.error == "'oops.txt' is neither a command nor a file");
    CHECK(missing.below.starts_with("Commands:"));
}

TEST_CASE("command line: an unknown option is answered with the list and the nearest one") {
    const auto unknown = ending({"--stric", "f"});
    CHECK(unknown.error == "unrecognized option '--stric'; did you mean '--strict'?");
    CHECK(unknown.below.starts_with("Commands:"));
    CHECK(ending({"--stlye=json"}).error.contains("'--stlye=json'; did you mean '--style'?"));
    CHECK(ending({"--cor"}).error.contains("'--cor'; did you mean 'symline core'?"));
    CHECK(ending({"--verison"}).error.contains("did you mean '--version'?"));
    CHECK(ending({"--offline", "-x"}).error == "invalid option -- 'x'");
}

TEST_CASE("nearest word: a third of the letters may differ") {
    constexpr std::array<std::string_view, 4> words{"decode", "find", "core", "index"};
    CHECK(nearest_word("decode", words) == "decode");
    CHECK(nearest_word("dcode", words) == "decode");
    CHECK(nearest_word("fnid", words) == "find");
    CHECK(nearest_word("idnex", words) == "index");
    CHECK(nearest_word("coer", words) == "core");
    CHECK(nearest_word("dinf", words).empty());
    CHECK(nearest_word("cores", words) == "core");
    CHECK(nearest_word("", words).empty());
    CHECK(nearest_word("completely-else", words).empty());
    CHECK(nearest_word(std::string(100, 'x'), words).empty());
    CHECK(nearest_word("x", {}).empty());
}
