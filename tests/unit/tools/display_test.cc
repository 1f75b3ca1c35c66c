#include "tools/display.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/files.h"
#include "tools/decode_options.h"
#include "tools/place_details.h"

using namespace symline;
using namespace symline::tools;
using symline::test::fixture;
using symline::test::TemporaryFolder;

namespace {

std::string refusal(std::vector<std::string> words) {
    const auto options = parse_decode(std::move(words));
    return options ? "none" : options.error().error;
}

DisplayOptions options_of(std::vector<std::string> words) {
    const auto options = parse_decode(std::move(words));
    REQUIRE(options.has_value());
    return options->shown;
}

Frame frame_at(std::string_view file, std::uint32_t line) {
    Frame frame;
    frame.location.file = file;
    frame.location.line = line;
    return frame;
}

}  // namespace

TEST_CASE("display: colours and links on a terminal only, unless they are always wanted") {
    const Screen pipe{};
    const Screen terminal{.terminal = true};
    const DisplayOptions plain;
    CHECK(display_on(terminal, plain).colour == output::Colour::yes);
    CHECK_FALSE(display_on(terminal, plain).links);
    CHECK(display_on(pipe, plain).colour == output::Colour::no);
    DisplayOptions asked;
    asked.links = When::automatic;
    CHECK(display_on(terminal, asked).links);
    CHECK_FALSE(display_on(pipe, asked).links);
    CHECK_FALSE(display_on({.terminal = true, .no_links = true}, asked).links);
    CHECK(display_on({.terminal = true, .no_colour = true}, asked).colour == output::Colour::no);
    asked.links = asked.colour = When::always;
    CHECK(display_on(pipe, asked).links);
    CHECK(display_on({.no_colour = true}, asked).colour == output::Colour::yes);
    asked.colour = When::never;
    CHECK(display_on(terminal, asked).colour == output::Colour::no);
}

TEST_CASE("display options: values follow an equals sign, the next word is a log") {
    const auto parsed = parse_decode({"--source", "--hyperlinks", "a.log"});
    REQUIRE(parsed.has_value());
    CHECK(parsed->files == std::vector<std::string>{"a.log"});
    CHECK(parsed->shown.source_lines == 5);
    CHECK(parsed->shown.links == When::automatic);
    CHECK(options_of({"--source=7"}).source_lines == 7);
    CHECK(options_of({"--source=7", "--source=2"}).source_lines == 2);
    CHECK(options_of({"--color=never"}).colour == When::never);
    CHECK(options_of({"--source-dir", "a", "--source-dir", "b"}).source_directories ==
          std::vector<std::string>{"a", "b"});
    CHECK(options_of({"--source-url=x:{path}"}).links == When::automatic);
    CHECK(options_of({"--source-url=x:{path}", "--hyperlinks=never"}).links == When::never);
}

TEST_CASE("display options: refused values") {
    CHECK(refusal({"--source=0"}) == "--source: '0' is no number from 1 to 1000");
    CHECK(refusal({"--source=1001"}) == "--source: '1001' is no number from 1 to 1000");
    CHECK(refusal({"--source=-1"}) == "--source: '-1' is no number from 1 to 1000");
    CHECK(refusal({"--color=red"}) == "--color: 'red' is none of auto, always, never");
    CHECK(refusal({"--hyperlinks=1"}) == "--hyperlinks: '1' is none of auto, always, never");
    CHECK(refusal({"--source-url="}) == "'--source-url=': the option needs a value");
    CHECK(refusal({"--style=kernel", "--color=always"}) == "none");
    for (const auto* option : {"--source", "--hyperlinks=always", "--source-url=x:{path}"}) {
        CHECK(refusal({"--style=kernel", option}).starts_with("--style=kernel "));
    }
}

TEST_CASE("place details: source lines of the file that was compiled, or none") {
    const TemporaryFolder folder;
    const auto file = folder.write("src/a.c", "one\ntwo\r\nthree\n" + std::string(5000, 'x'));
    const auto module = Module::open(fixture("mini-vmlinux-gcc"));
    REQUIRE(module.has_value());
    DisplayOptions options;
    options.source_lines = 3;
    PlaceDetailer detailer(options, Links::no, {}, {});
    CHECK(detailer.wanted());
    const auto source = [&](std::uint32_t line) {
        return detailer.details(frame_at(file, line), {*module, {}, {}}).source;
    };
    REQUIRE(source(2).size() == 3);
    CHECK(source(2)[1].number == 2);
    CHECK(source(2)[1].text == "two");
    REQUIRE(source(4).size() == 2);
    CHECK(source(4)[1].text == std::string(1000, 'x') + "...");
    // A file that ends before the line is another one.
    CHECK(source(5).empty());
    CHECK(source(0).empty());
    CHECK(source(UINT32_MAX).empty());
}

TEST_CASE("place details: a file found by its name only must hold the function") {
    const TemporaryFolder folder;
    folder.write("a.c", "int wanted_one(void)\n{ return 1; }\n");
    const auto module = Module::open(fixture("mini-vmlinux-gcc"));
    REQUIRE(module.has_value());
    DisplayOptions options;
    options.source_lines = 1;
    options.source_directories = {folder.root()};
    PlaceDetailer detailer(options, Links::yes, {}, {});
    const auto shown = [&](std::string_view function) {
        Frame frame = frame_at("/elsewhere/a.c", 2);
        frame.name = function;
        const auto details = detailer.details(frame, {*module, {}, {}});
        CHECK(details.source.empty() == details.link.empty());
        return !details.source.empty();
    };
    CHECK(shown("wanted_one"));
    CHECK(shown("wanted_one<int>"));
    CHECK_FALSE(shown("wanted"));
    CHECK_FALSE(shown("one"));
    CHECK_FALSE(shown(""));
}

TEST_CASE("place details: neither pipes nor devices nor huge files are read") {
    const TemporaryFolder folder;
    REQUIRE(::mkfifo(folder.path("pipe.c").c_str(), 0600) == 0);
    const auto huge = folder.write("huge.c", "a\n");
    REQUIRE(::truncate(huge.c_str(), off_t{10} * 1024 * 1024 * 1024) == 0);
    for (const std::string& path :
         {folder.path("pipe.c"), huge, folder.root(), std::string("/dev/zero")}) {
        CAPTURE(path);
        CHECK_FALSE(read_file(path).has_value());
        CHECK_FALSE(SourceFiles().text(path).has_value());
    }
}

TEST_CASE("place details: a link to the page of a tree's file, else to the file that is here") {
    const TemporaryFolder folder;
    const auto file = folder.write("a b.c", "x");
    const auto module = Module::open(fixture("mini-vmlinux-gcc"));
    REQUIRE(module.has_value());
    DisplayOptions options;
    const auto link = [&](std::string_view path, std::string_view release = "6.1") {
        PlaceDetailer detailer(options, Links::yes, {}, {});
        return detailer.details(frame_at(path, 3), {*module, "/usr/src/linux/", release}).link;
    };
    CHECK(link("/usr/src/linux/init/main.c").empty());
    CHECK(link(file).starts_with("file://"));
    CHECK(link(file).ends_with(folder.root() + "/a%20b.c"));
    options.url = *output::UrlTemplate::parse("x:{path}?{release}#{line}");
    CHECK(link("/usr/src/linux/init/main.c") == "x:init/main.c?6.1#3");
    CHECK(link("/usr/src/linux/./kernel/../init/main.c") == "x:init/main.c?6.1#3");
    CHECK(link("init/main.c") == "x:init/main.c?6.1#3");
    CHECK(link("init/main.c", "").empty());
    CHECK(link("/usr/src/linux/../secret.c").empty());
    CHECK(link("/usr/include/stdio.c").empty());
    CHECK(link(file).starts_with("file://"));
}
