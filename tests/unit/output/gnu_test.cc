#include "output/gnu.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "frames.h"

using namespace symline;
using namespace symline::output;
using symline::test::frame;
using symline::test::inline_chain;

namespace {

GnuStyle style(bool functions, bool pretty = false, bool inlines = false, bool addresses = false) {
    GnuStyle made;
    made.names.functions = functions ? Functions::linkage : Functions::none;
    made.pretty = pretty;
    made.inlines = inlines;
    made.addresses = addresses;
    return made;
}

std::string gnu(const std::vector<Frame>& frames, const GnuStyle& how, unsigned digits = 16) {
    std::string out;
    append_gnu(out, {.value = 0x401130, .digits = digits}, frames, how);
    return out;
}

}  // namespace

TEST_CASE("gnu: the innermost place alone, unless inlines are asked for") {
    const auto chain = inline_chain();
    CHECK(gnu(chain, style(false)) == "/src/t.c:3\n");
    CHECK(gnu(chain, style(true)) == "in3\n/src/t.c:3\n");
    CHECK(gnu(chain, style(true, false, true)) ==
          "in3\n/src/t.c:3\nin2\n/src/t.c:4\nouter\n/src/t.c:5\n");
}

TEST_CASE("gnu: pretty printing puts callers on lines of their own") {
    const auto chain = inline_chain();
    CHECK(gnu(chain, style(true, true, true, true)) ==
          "0x0000000000401130: in3 at /src/t.c:3\n"
          " (inlined by) in2 at /src/t.c:4\n"
          " (inlined by) outer at /src/t.c:5\n");
    CHECK(gnu(chain, style(false, true, true)) ==
          "/src/t.c:3\n (inlined by) /src/t.c:4\n (inlined by) /src/t.c:5\n");
}

TEST_CASE("gnu: the address has as many digits as the file's class") {
    CHECK(gnu({}, style(false, false, false, true), 8) == "0x00401130\n??:0\n");
    CHECK(gnu({}, style(false, false, false, true)) == "0x0000000000401130\n??:0\n");
}

TEST_CASE("gnu: three ways not to know a place") {
    CHECK(gnu({}, style(true)) == "??\n??:0\n");
    CHECK(gnu({}, style(true, true)) == "?? ??:0\n");
    CHECK(gnu({frame("_start", "", 0)}, style(true)) == "_start\n??:?\n");
    CHECK(gnu({frame("_start", "", 0)}, style(true, true)) == "_start at ??:?\n");
    CHECK(gnu({frame("f", "/src/t.c", 0)}, style(true, true)) == "f at /src/t.c:?\n");
    CHECK(gnu({frame("", "/src/t.c", 7)}, style(true, true)) == "?? at /src/t.c:7\n");
}

TEST_CASE("gnu: a discriminator follows the line, unless it is 0") {
    auto one = frame("f", "/src/t.c", 7);
    one.location.discriminator = 3;
    CHECK(gnu({one}, style(false)) == "/src/t.c:7 (discriminator 3)\n");
    one.location.line = 0;
    CHECK(gnu({one}, style(false)) == "/src/t.c:?\n");
}

TEST_CASE("gnu: names are the linker's, demangled only on demand") {
    auto one = frame("add", "/src/t.cc", 7);
    one.linkage_name = "_Z3addii";
    auto how = style(true);
    CHECK(gnu({one}, how) == "_Z3addii\n/src/t.cc:7\n");
    how.names.demangle = true;
    CHECK(gnu({one}, how) == "add(int, int)\n/src/t.cc:7\n");
    how.names.functions = Functions::short_names;
    CHECK(gnu({one}, how) == "add\n/src/t.cc:7\n");
}

TEST_CASE("paths: full, relative to the compilation directory, last component") {
    auto one = frame("f", "/src/lib/t.c", 7);
    one.location.compilation_directory_size = 5;
    auto how = style(false);
    CHECK(gnu({one}, how) == "/src/lib/t.c:7\n");
    how.names.paths = Paths::relative;
    CHECK(gnu({one}, how) == "lib/t.c:7\n");
    how.names.paths = Paths::base;
    CHECK(gnu({one}, how) == "t.c:7\n");
}

TEST_CASE("paths: a prefix goes away with the ./ after it, elsewhere it stays") {
    const NameStyle names{.prefix = "/src/"};
    CHECK(shown_path(frame("f", "/src/././lib/t.c", 7).location, names) == "lib/t.c");
    CHECK(shown_path(frame("f", "/usr/src/t.c", 7).location, names) == "/usr/src/t.c");
}

TEST_CASE("gnu: an approximate line is marked, in the innermost frame alone") {
    std::string out;
    const auto chain = inline_chain();
    append_gnu(out, {}, chain, style(false, false, true), Precision::approximate);
    CHECK(out == "/src/t.c:3 (approximate)\n/src/t.c:4\n/src/t.c:5\n");
}

TEST_CASE("gnu: names and paths of any kind stand beside a line of any kind") {
    const std::string controls = "a\x1b[31m";
    for (const std::string_view name : {"", "f", "a_function_with_a_long_name", controls.c_str()}) {
        for (const std::string_view path :
             {"", "/a.c", "/a/directory/with/files/a.c", controls.c_str()}) {
            for (const std::uint32_t line : {0U, 7U, UINT32_MAX}) {
                for (const std::uint32_t discriminator : {0U, 2U}) {
                    Frame made;
                    made.linkage_name = name;
                    made.location.file = path;
                    made.location.line = line;
                    made.location.discriminator = discriminator;
                    std::string expected = "a frame in front\n";
                    expected += name.empty() ? "??" : name == controls ? "a\\x1b[31m" : name;
                    expected += '\n';
                    expected += path.empty() ? "??" : path == controls ? "a\\x1b[31m" : path;
                    expected += line == 0 ? ":?" : ":" + std::to_string(line);
                    if (line != 0 && discriminator != 0) expected += " (discriminator 2)";
                    expected += '\n';
                    std::string out = "a frame in front\n";
                    append_gnu_frames(out, std::vector{made}, style(true));
                    CHECK(out == expected);
                }
            }
        }
    }
}
