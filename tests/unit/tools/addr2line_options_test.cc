#include "tools/addr2line_options.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tools/addr2line_help.h"
#include "tools/addr2line_option_table.h"

using namespace symline::tools;
using symline::output::Functions;
using symline::output::Paths;

namespace {

Addr2lineOptions options(std::vector<std::string> words, std::string_view program = "addr2line") {
    auto parsed = parse_addr2line(program, std::move(words));
    REQUIRE(parsed.has_value());
    REQUIRE(parsed->action == Action::run);
    return parsed->options;
}

std::string error(std::vector<std::string> words, std::string_view program = "addr2line") {
    const auto parsed = parse_addr2line(program, std::move(words));
    REQUIRE_FALSE(parsed.has_value());
    return parsed.error().message;
}

}  // namespace

TEST_CASE("options: GNU's defaults") {
    const auto parsed = options({});
    CHECK(parsed.form == Form::gnu);
    CHECK(parsed.style == OutputStyle::gnu);
    CHECK_FALSE(parsed.file.has_value());
    CHECK(parsed.names.functions == Functions::none);
    CHECK(parsed.names.paths == Paths::full);
    CHECK_FALSE(parsed.names.demangle);
    CHECK_FALSE(parsed.addresses);
    CHECK_FALSE(parsed.inlines);
    CHECK_FALSE(parsed.pretty);
    CHECK(parsed.inputs.empty());
}

TEST_CASE("options: short ones joined, with the file at the end") {
    const auto parsed = options({"-afpiCse", "prog", "0x10"});
    CHECK(parsed.addresses);
    CHECK(parsed.names.functions == Functions::linkage);
    CHECK(parsed.pretty);
    CHECK(parsed.inlines);
    CHECK(parsed.names.demangle);
    CHECK(parsed.names.paths == Paths::base);
    CHECK(parsed.file == "prog");
    CHECK(parsed.inputs == std::vector<std::string>{"0x10"});
}

TEST_CASE("options: they may follow addresses, and -- ends them") {
    CHECK(options({"10", "-f", "20"}).inputs == std::vector<std::string>{"10", "20"});
    CHECK(options({"10", "--", "-f"}).inputs == std::vector<std::string>{"10", "-f"});
}

TEST_CASE("options: abbreviations that are unique among GNU's stay so") {
    CHECK(options({"--exe=a", "--e=b"}).file == "b");
    CHECK(options({"--pretty"}).pretty);
    CHECK(options({"--p"}).pretty);
    CHECK(options({"--f"}).names.functions == Functions::linkage);
    CHECK(options({"--in"}).inlines);
    CHECK(options({"--bas"}).names.paths == Paths::base);
    CHECK(options({"--b"}).names.paths == Paths::base);
    CHECK(options({"--d"}).names.demangle);
    CHECK(options({"--add"}).addresses);
    CHECK(options({"--s=.text"}).section == ".text");
    CHECK(options({"--s", ".text"}).section == ".text");
    CHECK(options({"--t", "elf64-little"}).target == "elf64-little");
    CHECK(options({"--no-rec", "--rec"}).inputs.empty());
}

TEST_CASE("options: files and folders that are to be looked at before anything is answered") {
    const auto parsed =
        parse_addr2line("addr2line", {"--dwp=a", "--sysroot=b", "--source-dir=c", "--core=d",
                                      "--debug-dir=e", "--debug-file-directory=passed-over"});
    REQUIRE(parsed);
    std::string named;
    for (const auto& each : parsed->options.named) {
        named += each.path + (each.kind == PathKind::folder ? "/ " : " ");
    }
    CHECK(named == "a b/ c/ d e/ ");
}

TEST_CASE("options: the last file and section win") {
    const auto parsed = options({"-e", "a", "-j", "x", "--exe", "b", "-j", "y"});
    CHECK(parsed.file == "b");
    CHECK(parsed.section == "y");
}

TEST_CASE("options: demangling styles") {
    CHECK(options({"-C"}).names.demangle);
    CHECK(options({"--demangle"}).names.demangle);
    CHECK(options({"--demangle=rust"}).names.demangle);
    CHECK_FALSE(options({"--demangle=none"}).names.demangle);
    CHECK_FALSE(options({"-C", "--no-demangle"}).names.demangle);
    CHECK(error({"--demangle=foo"}) == "unknown demangling style `foo'");
}

TEST_CASE("options: help and version") {
    for (const char* word : {"-h", "-H", "--help"}) {
        CHECK(parse_addr2line("addr2line", {word, "--nonsense"})->action == Action::help);
    }
    for (const char* word : {"-v", "-V", "--version"}) {
        CHECK(parse_addr2line("addr2line", {word})->action == Action::version);
    }
}

TEST_CASE("options: what LLVM's programs take, and ours do not") {
    using symline::tools::OutputStyle;
    CHECK(options({"--output-style=json"}, "llvm-symbolizer").style == OutputStyle::llvm);
    CHECK(options({"--output-style="}, "llvm-addr2line").style == OutputStyle::llvm);
    CHECK(error({"--output-style=json"}).contains("unknown output style"));
    CHECK(options({"--print-source-context-lines=-3"}, "llvm-symbolizer").context_lines == 0);
    CHECK(error({"--print-source-context-lines=-3"}).contains("non-negative"));
    CHECK(error({"--print-source-context-lines=-"}, "llvm-symbolizer").contains("non-negative"));
    CHECK(options({"--build-id=abc"}, "llvm-symbolizer").build_id == "abc");
    CHECK(error({"--build-id="}, "llvm-symbolizer").contains("expected a build ID"));
}

TEST_CASE("options: each is in the help text") {
    const std::string help = addr2line_help("addr2line");
    for (std::size_t i = 0; i < kOptionCount; ++i) {
        const std::string name = std::string("--") + kLongOptions[i].name;
        CAPTURE(name);
        // Other names that GNU's own help leaves out.
        if (name.ends_with("-recursion-limit") || name == "--recursion-limit") continue;
        const bool listed = std::ranges::any_of(
            std::string_view(" =["), [&](char end) { return help.contains(name + end); });
        CHECK(listed);
    }
    for (const char* letter = kShortOptions; *letter != '\0'; ++letter) {
        if (*letter == ':') continue;
        CHECK(help.contains(std::string(" -") + *letter + " "));
    }
}

TEST_CASE("options: errors in getopt's words") {
    CHECK(error({"--bad"}) == "unrecognized option '--bad'");
    CHECK(error({"--bad=3"}) == "unrecognized option '--bad=3'");
    CHECK(error({"--surce-dir=x"}) ==
          "unrecognized option '--surce-dir=x'; did you mean '--source-dir'?");
    CHECK(error({"-x"}) == "invalid option -- 'x'");
    CHECK(error({"-j"}) == "option requires an argument -- 'j'");
    CHECK(error({"--exe"}) == "option '--exe' requires an argument");
    CHECK(error({"--addresses=1"}) == "option '--addresses' doesn't allow an argument");
    CHECK(error({"--adjust-vma=foo"}) ==
          "--adjust-vma=: expected a non-negative integer, but got 'foo'");
    CHECK(error({"--output-style=XML"}).starts_with("unknown output style 'XML'"));
}

TEST_CASE("options: a path of our own options is not empty") {
    CHECK(error({"--sysroot="}) == "'--sysroot': the option needs a value");
    CHECK(error({"--dwp", ""}) == "'--dwp': the option needs a value");
    CHECK(options({"--debug-file-directory="}).places.debug_directories.size() == 1);
}

TEST_CASE("options: llvm-addr2line's") {
    const auto parsed =
        options({"--obj=prog", "--functions=short", "--relativenames", "--adjust-vma=0x10",
                 "--verbose", "--output-style=JSON", "--print-source-context-lines=5", "--inlining",
                 "--debug-file-directory=/a", "--debug-file-directory=/b"});
    CHECK(parsed.form == Form::llvm);
    CHECK(parsed.style == OutputStyle::json);
    CHECK(parsed.file == "prog");
    CHECK(parsed.names.functions == Functions::short_names);
    CHECK(parsed.names.paths == Paths::relative);
    CHECK(parsed.adjust_vma == 16);
    CHECK(parsed.verbose);
    CHECK(parsed.context_lines == 5);
    CHECK(parsed.inlines);
    CHECK(parsed.places.debug_directories == std::vector<std::string>{"/a", "/b"});
    CHECK_FALSE(options({"-i", "--no-inlines"}).inlines);
    CHECK(options({"-f", "--functions=none"}).names.functions == Functions::none);
    CHECK(options({"--skip-line-zero"}).approximation == Approximation::before);
    CHECK(options({"--approximate-line-info=after"}).approximation == Approximation::after);
}

TEST_CASE("options: a style alone decides whose form it is, unless the name does") {
    CHECK(options({"--output-style=LLVM"}).form == Form::llvm);
    CHECK(options({"--output-style=GNU"}).form == Form::gnu);
    CHECK(options({}, "llvm-addr2line-19").form == Form::llvm);
    CHECK(options({"--output-style=GNU"}, "llvm-addr2line").form == Form::llvm);
}

TEST_CASE("options: llvm-addr2line's spellings with one dash, under its name only") {
    const auto parsed = options({"-e=prog", "-f=none", "-demangle=true"}, "llvm-addr2line");
    CHECK(parsed.file == "prog");
    CHECK(parsed.names.functions == Functions::none);
    CHECK(parsed.names.demangle);
    CHECK(options({"-e=prog"}).file == "=prog");
}

TEST_CASE("options: object formats") {
    for (const char* name : {"default", "elf64-x86-64", "elf32-bigarm", "binary", "srec"}) {
        CHECK(known_target(name));
    }
    for (const char* name : {"foo", "", "elf64", "elf64-", "ELF64-x86-64"}) {
        CHECK_FALSE(known_target(name));
    }
}

TEST_CASE("options: threads and memory") {
    CHECK(options({}).jobs == 0);
    CHECK(options({"--jobs=3"}).jobs == 3);
    CHECK(options({"--jobs", "100000"}).jobs == 256);
    CHECK_FALSE(options({}).cache_size);
    CHECK(options({"--cache-size=0"}).cache_size == 0);
    CHECK(options({"--cache-size=0x1000"}).cache_size == 4096);
    CHECK(error({"--jobs=0"}) == "--jobs=: expected a number from 1 on, but got '0'");
    CHECK(error({"--jobs=-1"}) == "--jobs=: expected a number from 1 on, but got '-1'");
    CHECK(error({"--cache-size=64M"}) ==
          "--cache-size=: expected a non-negative integer, but got '64M'");
}

TEST_CASE("options: GSYM files") {
    using symline::GsymUse;
    CHECK(options({}).places.gsym == GsymUse::without_dwarf);
    CHECK(options({}, "llvm-addr2line").places.gsym == GsymUse::before_dwarf);
    CHECK(options({"--output-style=LLVM"}).places.gsym == GsymUse::before_dwarf);
    CHECK(options({"--disable-gsym"}, "llvm-addr2line").places.gsym == GsymUse::never);
    const auto parsed = options({"--gsym-file-directory=a", "--gsym-file-directory", "b"});
    CHECK(parsed.places.gsym_directories == std::vector<std::string>{"a", "b"});
}

TEST_CASE("options: markup has llvm-symbolizer's defaults") {
    const auto parsed = options({"--filter-markup"});
    CHECK(parsed.filter_markup);
    CHECK(parsed.form == Form::llvm);
    CHECK(parsed.names.demangle);
    CHECK(parsed.names.functions == Functions::linkage);
    CHECK(parsed.colour == When::automatic);
    CHECK_FALSE(options({"--no-demangle", "--filter-markup"}).names.demangle);
    CHECK_FALSE(options({}).filter_markup);
    CHECK(options({"--color"}).colour == When::always);
    CHECK(options({"--color=never"}).colour == When::never);
    CHECK(options({"--color=red"}).colour == When::automatic);
}

TEST_CASE("options: llvm-symbolizer's defaults") {
    const auto parsed = options({}, "llvm-symbolizer-19");
    CHECK(parsed.form == Form::llvm);
    CHECK(parsed.style == OutputStyle::llvm);
    CHECK(parsed.numbers == NumberForm::prefixed);
    CHECK(parsed.names.functions == Functions::linkage);
    CHECK(parsed.names.demangle);
    CHECK(parsed.inlines);
    CHECK(parsed.untag);
    CHECK(parsed.lines_name_modules());

    const auto other = options({"--no-inlines", "--no-demangle", "--functions=none",
                                "--output-style=GNU", "--no-untag-addresses", "-e", "prog"},
                               "llvm-symbolizer");
    CHECK_FALSE(other.inlines);
    CHECK_FALSE(other.names.demangle);
    CHECK(other.names.functions == Functions::none);
    CHECK(other.style == OutputStyle::gnu);
    CHECK_FALSE(other.untag);
    CHECK_FALSE(other.lines_name_modules());
    CHECK(options({}, "llvm-addr2line").numbers == NumberForm::hexadecimal);
}

TEST_CASE("options: the environment's variable of each name") {
    CHECK(options_variable(called_as("symline-addr2line")) == nullptr);
    CHECK(std::string(options_variable(called_as("llvm-addr2line"))) == "LLVM_ADDR2LINE_OPTS");
    CHECK(std::string(options_variable(called_as("llvm-symbolizer-22"))) == "LLVM_SYMBOLIZER_OPTS");
}

TEST_CASE("options: LLVM's numbers may be octal, and its build ids are looked at at once") {
    CHECK(options({"--adjust-vma=010"}).adjust_vma == 8);
    CHECK(options({"--adjust-vma=0b10"}).adjust_vma == 2);
    const auto said = [](std::vector<std::string> words) {
        const auto parsed = parse_addr2line("llvm-symbolizer", std::move(words));
        REQUIRE_FALSE(parsed.has_value());
        CHECK_FALSE(parsed.error().show_usage);
        std::string all = parsed.error().message;
        for (const auto& each : parsed.error().more) all += " | " + each;
        return all;
    };
    CHECK(said({"--build-id=xyz"}) == "--build-id=: expected a build ID, but got 'xyz'");
    CHECK(said({"--build-id=abcd", "--obj=x"}) ==
          "error: cannot specify both --build-id and --obj");
    CHECK(said({"-x", "--nothing"}) ==
          "error: unknown argument '-x' | error: unknown argument '--nothing'");
    CHECK(options({"--build-id=abcd"}, "llvm-symbolizer").build_id_for_each());
    CHECK_FALSE(options({"--build-id=abcd"}).build_id_for_each());
}
