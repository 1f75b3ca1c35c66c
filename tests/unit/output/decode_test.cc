#include "output/decode.h"

#include <doctest/doctest.h>

using namespace symline;
using namespace symline::output;

namespace {

Frame frame(std::string_view name, std::string_view file, std::uint32_t line, bool inlined) {
    Frame made;
    made.name = name;
    made.location.file = file;
    made.location.line = line;
    made.inlined = inlined;
    return made;
}

ShownPlace two_frames() {
    ShownPlace decoded;
    decoded.chains = {{frame("inner", "/src/a.h", 5, true), frame("outer", "/src/b.c", 7, false)}};
    return decoded;
}

std::string kernel_line(std::string_view line, std::string_view places) {
    const auto words = parse_kernel_line(line);
    if (!words) return "(as it is)";
    std::string out;
    append_kernel_line(out, *words, places);
    return out;
}

}  // namespace

TEST_CASE("decode: the innermost place after the frame, its callers below") {
    const auto added = annotate(two_frames(), {.functions = Functions::linkage, .prefix = "/src/"});
    CHECK(added.place == " (a.h:5)");
    REQUIRE(added.below.size() == 1);
    CHECK(added.below[0] == "(inlined by) outer at b.c:7");
}

TEST_CASE("decode: nothing is added for a frame without a file") {
    ShownPlace decoded;
    CHECK(annotate(decoded, {}).place.empty());
    decoded.chains = {{frame("f", "", 0, false)}};
    CHECK(annotate(decoded, {}).place.empty());
    CHECK(kernel_places(decoded, "").empty());
}

TEST_CASE("decode: candidates are numbered, remarks follow the place") {
    auto decoded = two_frames();
    decoded.chains.push_back({frame("outer", "/src/c.c", 9, false)});
    const auto added = annotate(decoded, {.functions = Functions::linkage});
    CHECK(added.place == " (/src/a.h:5, candidate 1 of 2)");
    REQUIRE(added.below.size() == 2);
    CHECK(added.below[1] == "(candidate 2 of 2) outer at /src/c.c:9");
    decoded.chains.resize(1);
    decoded.remark = "start of x";
    CHECK(annotate(decoded, {}).place == " (/src/a.h:5, start of x)");
}

TEST_CASE("decode: a mangled symbol is said in its readable form once") {
    const NameStyle names{.functions = Functions::linkage, .demangle = true};
    ShownPlace decoded;
    decoded.demangled = "<a::B as c::D>::run";
    CHECK(annotate(decoded, names).place == " (<a::B as c::D>::run)");
    decoded.chains = {{frame("run", "", 0, false)}};
    CHECK(annotate(decoded, names).place == " (<a::B as c::D>::run)");
    decoded.chains = {{frame("run", "/src/b.rs", 7, false)}};
    CHECK(annotate(decoded, names).place == " (/src/b.rs:7, <a::B as c::D>::run)");
    decoded.remark = "start of <a::B as c::D>::run";
    CHECK(annotate(decoded, names).place == " (/src/b.rs:7, start of <a::B as c::D>::run)");

    auto inlined = two_frames();
    inlined.chains[0][1].linkage_name = "_RNvC1a3run";
    inlined.demangled = "a::run";
    const auto added = annotate(inlined, names);
    CHECK(added.place == " (/src/a.h:5)");
    REQUIRE(added.below.size() == 1);
    CHECK(added.below[0] == "(inlined by) a::run at /src/b.c:7");
    // The symbol that was asked for is another one than the function has.
    inlined.demangled = "a::alias";
    CHECK(annotate(inlined, names).place == " (/src/a.h:5, a::alias)");
}

TEST_CASE("decode: JSON has the readable form of mangled names") {
    ShownPlace decoded;
    decoded.demangled = "a::run";
    decoded.chains = {{frame("run", "/src/b.rs", 7, false)}};
    decoded.chains[0][0].linkage_name = "_RNvC1a3run";
    CHECK(json_decoded(decoded) ==
          R"j(,"demangled":"a::run","frames":[{"function":"run","linkage_name":"_RNvC1a3run",)j"
          R"j("demangled":"a::run","file":"/src/b.rs","line":7,"inlined":false}]})j");
    // A symbol table has the linker's name alone.
    decoded.demangled.clear();
    decoded.chains = {{frame("_ZN1a3runEv", "", 0, false)}};
    CHECK(json_decoded(decoded) ==
          R"j(,"frames":[{"function":"a::run()","linkage_name":"_ZN1a3runEv",)j"
          R"j("demangled":"a::run()","inlined":false}]})j");
}

TEST_CASE("decode: control characters of names and paths do not reach a terminal") {
    ShownPlace decoded;
    decoded.chains = {
        {frame("f", "/a\x1b[31m\n.c", 1, true), frame("g\n\xc2\x9b", "/b.c", 2, false)}};
    decoded.remark = "start of \x1b[m";
    const auto added = annotate(decoded, {.functions = Functions::linkage});
    CHECK(added.place == " (/a\\x1b[31m\\x0a.c:1, start of \\x1b[m)");
    REQUIRE(added.below.size() == 1);
    CHECK(added.below[0] == "(inlined by) g\\x0a\\xc2\\x9b at /b.c:2");
}

TEST_CASE("decode: source lines below each frame, links and colours around places") {
    auto decoded = two_frames();
    decoded.details = {{{"x:a", {{4, "{"}, {5, "\tf(\"\x1b\");"}}}, {}}};
    const NameStyle names{.functions = Functions::linkage};
    const auto plain = annotate(decoded, names);
    CHECK(plain.place == " (\x1b]8;;x:a\x1b\\/src/a.h:5\x1b]8;;\x1b\\)");
    REQUIRE(plain.below.size() == 3);
    CHECK(plain.below[0] == "    4  : {");
    CHECK(plain.below[1] == "    5 >: \tf(\"\\x1b\");");
    CHECK(plain.below[2] == "(inlined by) outer at /src/b.c:7");
    decoded.details[0][0].link.clear();
    const auto coloured = annotate(decoded, names, Colour::yes);
    CHECK(coloured.place == " (\x1b[36m/src/a.h:5\x1b[m)");
    CHECK(coloured.below[0] == "\x1b[2m    4  : \x1b[m{");
    CHECK(coloured.below[1] == "\x1b[1m    5 >: \tf(\"\\x1b\");\x1b[m");
    CHECK(coloured.below[2] == "(inlined by) outer at \x1b[36m/src/b.c:7\x1b[m");
    CHECK(json_decoded(decoded) ==
          R"(,"frames":[{"function":"inner","file":"/src/a.h","line":5,"inlined":true,)"
          R"("source":[{"line":4,"text":"{"},{"line":5,"text":"\tf(\"\u001b\");"}]},)"
          R"({"function":"outer","file":"/src/b.c","line":7,"inlined":false}]})");
}

TEST_CASE("decode: JSON leaves keys without a value out") {
    std::string out;
    append_json_logged(out, {.line = 3,
                             .text = "f+0x0",
                             .format = "oops",
                             .kind = "exact",
                             .symbol = "f",
                             .offset = 0});
    auto decoded = two_frames();
    decoded.address = 0x10;
    out += json_decoded(decoded);
    CHECK(
        out ==
        R"({"line":3,"text":"f+0x0","format":"oops","kind":"exact","symbol":"f","offset":0,)"
        R"("address":"0x10","frames":[{"function":"inner","file":"/src/a.h","line":5,"inlined":true},)"
        R"({"function":"outer","file":"/src/b.c","line":7,"inlined":false}]})");
    CHECK(json_decoded({.miss = "no vmlinux"}) == R"(,"frames":[],"miss":"no vmlinux"})");
}

TEST_CASE("decode: JSON has paths below the source tree, and says where a line is from") {
    auto decoded = two_frames();
    decoded.other_build = true;
    CHECK(
        json_decoded(decoded, {.prefix = "/elsewhere/", .assembler_prefix = "/src/"}) ==
        R"(,"frames":[{"function":"inner","file":"/src/a.h","path":"a.h","line":5,"inlined":true},)"
        R"({"function":"outer","file":"/src/b.c","path":"b.c","line":7,"inlined":false}],)"
        R"("other_build":true})");
    std::string out;
    append_json_logged(out, {.input = "a.log",
                             .line = 3,
                             .host = "h",
                             .release = "6.1",
                             .kernel_build_id = "00",
                             .time = "1.5"});
    CHECK(out == R"({"input":"a.log","line":3,"host":"h","release":"6.1","kernel_build_id":"00",)"
                 R"("time":"1.5")");
}

TEST_CASE("decode: places of a file of another build are marked in the script's style too") {
    auto decoded = two_frames();
    decoded.other_build = true;
    CHECK(kernel_places(decoded, "/src/") == "a.h:5 b.c:7, of another build");
}

TEST_CASE("decode: the words of scripts/decode_stacktrace.sh") {
    CHECK(kernel_places(two_frames(), "/src/") == "a.h:5 b.c:7");
    CHECK(kernel_line("[  1.0]  f+0x1/0x2", "a.c:1") == "[  1.0]  f (a.c:1)");
    CHECK(kernel_line("  ? f+0x1/0x2 [m]", "a.c:1") == "  ? f (a.c:1) m");
    CHECK(kernel_line(" f+0x1/0x2 [m 0123abcd] (P)", "a.c:1") == " f (a.c:1) m (P)");
    CHECK(kernel_line("RIP: 0010:f+0x1/0x2", "a.c:1") == "RIP: 0010:f (a.c:1)");
    CHECK(kernel_line("[<ffffffff81000000>] f+0x1/0x2", "a.c:1") == " f (a.c:1)");
    CHECK(kernel_line("x (f+0x1/0x2)", "a.c:1") == "x f (a.c:1)");
    CHECK(kernel_line(" f+0x1/0x2", "") == " f+0x1/0x2");
    CHECK(kernel_line("no symbol here", "") == "(as it is)");
    CHECK(kernel_line("+0x1/0x2", "") == "(as it is)");
}
