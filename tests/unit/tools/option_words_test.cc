#include "tools/option_words.h"

#include <doctest/doctest.h>

#include <CLI/CLI.hpp>

#include "tools/decode_options.h"
#include "tools/find_options.h"

using namespace symline::tools;

namespace {

/// An option with a value, a flag, and a flag that may have a value.
struct Program {
    CLI::App app;
    std::string file;
    bool exact = false;
    std::string source;

    Program() {
        app.add_option("-k,--vmlinux", file);
        app.add_flag("-R,--raw", exact);
        app.add_flag("--source{5}", source);
    }
    OptionWords read(const std::vector<std::string>& words) const {
        return read_option_words(app, words);
    }
    std::string problem(const std::vector<std::string>& words) const {
        const auto names = long_options(app);
        const std::vector<std::string_view> known(names.begin(), names.end());
        return describe(read(words), known);
    }
};

std::string decode_problem(const std::vector<std::string>& words) {
    const auto options = parse_decode(words);
    return options ? std::string() : options.error().error;
}

}  // namespace

TEST_CASE("option words: the first operand is no option's value") {
    const Program program;
    CHECK(program.read({"-k", "vmlinux", "log"}).operand == "log");
    CHECK(program.read({"-kvmlinux", "log"}).operand == "log");
    CHECK(program.read({"-Rk", "vmlinux", "-"}).operand == "-");
    CHECK(program.read({"--vmlinux=x", "--source", "log"}).operand == "log");
    CHECK(program.read({"-R", "--", "--raw"}).operand == "--raw");
    CHECK(program.read({"-k", "--raw", "x"}).operand == "x");
    CHECK_FALSE(program.read({"-R", "-k", "vmlinux"}).operand.has_value());
    CHECK(program.read({"", "x"}).operand == "");
}

TEST_CASE("option words: a value that is empty or not there") {
    const Program program;
    CHECK(program.problem({"--vmlinux=", "log"}) == "'--vmlinux=': the option needs a value");
    CHECK(program.problem({"--vmlinux", "", "log"}) == "'--vmlinux': the option needs a value");
    CHECK(program.problem({"-k", ""}) == "'-k': the option needs a value");
    CHECK(program.problem({"-Rk"}) == "'-k': the option needs a value");
    CHECK(program.problem({"--source=", "log"}) == "'--source=': the option needs a value");
    CHECK(program.problem({"--raw="}) == "option '--raw' doesn't allow an argument");
    CHECK(program.problem({"--", "--vmlinux="}).empty());
    CHECK(program.problem({"--source", "log"}).empty());
}

TEST_CASE("option words: an unknown option, and the nearest one") {
    const Program program;
    CHECK(program.problem({"--surce=3"}) ==
          "unrecognized option '--surce=3'; did you mean '--source'?");
    CHECK(program.problem({"--nothing-like"}) == "unrecognized option '--nothing-like'");
    CHECK(program.problem({"-Rx"}) == "invalid option -- 'x'");
    CHECK(program.problem({"--bad", "--vmlinux="}) == "unrecognized option '--bad'");
}

TEST_CASE("option words: what CLI11 makes of the rest is not said in place of it") {
    CHECK(decode_problem({"--debug-file=", "log"}) == "'--debug-file=': the option needs a value");
    CHECK(decode_problem({"--mismatch=", "warn"}) == "'--mismatch=': the option needs a value");
    CHECK(decode_problem({"-r", ""}) == "'-r': the option needs a value");
    CHECK(decode_problem({"--sorce"}) == "unrecognized option '--sorce'; did you mean '--source'?");
    CHECK(parse_find({"-x"}).error().error == "invalid option -- 'x'");
    CHECK(parse_find({}).error().error == "WHAT is required");
    CHECK(parse_decode({"--bad", "--help"}).error().status == 0);
}
