#include "output/llvm.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "frames.h"

using namespace symline;
using namespace symline::output;
using symline::test::frame;
using symline::test::inline_chain;

namespace {

LlvmStyle style(bool columns, bool pretty = false) {
    LlvmStyle made;
    made.names.functions = Functions::linkage;
    made.addresses = true;
    made.inlines = true;
    made.pretty = pretty;
    made.columns = columns;
    return made;
}

std::string llvm(const std::vector<Frame>& frames, const LlvmStyle& how,
                 std::optional<std::uint64_t> address = 0x401130) {
    std::string out;
    append_llvm(out, {.address = address, .frames = frames}, how);
    return out;
}

class OneFile final : public SourceText {
public:
    std::optional<std::string_view> text(std::string_view path) override {
        if (path != "/src/t.c") return std::nullopt;
        return "one\ntwo\nthree\r\nfour\nfive";
    }
};

}  // namespace

TEST_CASE("llvm: its GNU style has short addresses and other unknown places") {
    CHECK(llvm(inline_chain(), style(false, true)) ==
          "0x401130: in3 at /src/t.c:3\n"
          " (inlined by) in2 at /src/t.c:4\n"
          " (inlined by) outer at /src/t.c:5\n");
    CHECK(llvm({}, style(false, true)) == "0x401130: ?? at ??:0\n");
    CHECK(llvm({}, style(false)) == "0x401130\n??\n??:0\n");
    CHECK(llvm({frame("_start", "", 0)}, style(false)) == "0x401130\n_start\n??:0\n");
}

TEST_CASE("llvm: pretty printing without functions marks no callers") {
    auto how = style(false, true);
    how.names.functions = Functions::none;
    CHECK(llvm(inline_chain(), how) == "0x401130: /src/t.c:3\n/src/t.c:4\n/src/t.c:5\n");
}

TEST_CASE("llvm: its own style has columns and an empty line after each answer") {
    auto chain = inline_chain();
    chain[0].location.column = 70;
    chain[0].location.discriminator = 2;
    CHECK(llvm(chain, style(true)) ==
          "0x401130\nin3\n/src/t.c:3:70\nin2\n/src/t.c:4:0\nouter\n/src/t.c:5:0\n\n");
    CHECK(llvm({}, style(true)) == "0x401130\n??\n??:0:0\n\n");
}

TEST_CASE("llvm: a symbol that was asked for has no address line") {
    CHECK(llvm({}, style(false), std::nullopt) == "??\n??:0\n");
}

TEST_CASE("llvm: verbose shows where functions begin, inlined ones without address") {
    auto chain = inline_chain();
    chain.erase(chain.begin() + 1);
    chain[0].location.discriminator = 2;
    chain[1].declaration = {.file = "/src/t.c", .line = 5};
    auto how = style(true);
    how.verbose = true;
    CHECK(llvm(chain, how) ==
          "0x401130\n"
          "in3\n"
          "  Filename: /src/t.c\n"
          "  Line: 3\n"
          "  Column: 0\n"
          "  Discriminator: 2\n"
          "outer\n"
          "  Filename: /src/t.c\n"
          "  Function start filename: /src/t.c\n"
          "  Function start line: 5\n"
          "  Function start address: 0x401120\n"
          "  Line: 5\n"
          "  Column: 0\n"
          "\n");
}

TEST_CASE("llvm: source lines around a place") {
    OneFile source;
    auto how = style(false);
    how.addresses = false;
    how.names.functions = Functions::none;
    how.context_lines = 3;
    how.source = &source;
    CHECK(llvm({frame("f", "/src/t.c", 3)}, how) ==
          "/src/t.c:3\n2  : two\n3 >: three\n4  : four\n");
    CHECK(llvm({frame("f", "/src/t.c", 1)}, how) == "/src/t.c:1\n1 >: one\n2  : two\n3  : three\n");
    CHECK(llvm({frame("f", "/src/t.c", 5)}, how) == "/src/t.c:5\n4  : four\n5 >: five\n");
    CHECK(llvm({frame("f", "/src/other.c", 5)}, how) == "/src/other.c:5\n");
}

TEST_CASE("llvm: an approximate line is marked as one") {
    std::string out;
    const std::vector<Frame> frames{frame("f", "/src/t.c", 3)};
    auto how = style(false);
    append_llvm(out, {.address = 1, .frames = frames, .precision = Precision::approximate}, how);
    CHECK(out == "0x1\nf\n/src/t.c:3 (approximate)\n");
}

TEST_CASE("llvm: data answers") {
    const LlvmData data{.name = "data_sym", .start = 0x404010, .size = 4, .file = "", .line = 0};
    const LlvmData declared{.name = "x", .start = 16, .size = 8, .file = "/src/x.c", .line = 7};
    auto how = style(false);
    how.addresses = false;
    std::string out;
    append_llvm_data(out, 0x404010, data, how);
    append_llvm_data(out, 16, declared, how);
    append_llvm_data(out, 5, {}, how);
    CHECK(out == "data_sym\n4210704 4\n??:?\nx\n16 8\n/src/x.c:7\n??\n0 0\n??:?\n");
}

TEST_CASE("llvm: the variables of a frame") {
    const std::vector<LlvmVariable> variables{{.function = "f",
                                               .name = "x",
                                               .file = "/src/x.c",
                                               .line = 7,
                                               .frame_offset = -36,
                                               .size = 4,
                                               .tag_offset = std::nullopt},
                                              {.function = "",
                                               .name = "",
                                               .file = "",
                                               .line = 0,
                                               .frame_offset = std::nullopt,
                                               .size = std::nullopt,
                                               .tag_offset = 16}};
    auto how = style(true);
    how.addresses = false;
    std::string out;
    append_llvm_variables(out, 1, variables, how);
    append_llvm_variables(out, 2, {}, how);
    CHECK(out == "f\nx\n/src/x.c:7\n-36 4 ??\n??\n??\n??:0\n?? ?? 16\n\n??\n\n");
}

TEST_CASE("llvm: source that the debug information holds comes before that on disk") {
    class Embedded final : public SourceText {
    public:
        std::optional<std::string_view> text(std::string_view) override { return "a\nb\ndisk\n"; }
        std::optional<std::string_view> embedded(std::string_view path) override {
            if (path != "/src/t.c") return std::nullopt;
            return "a\nb\ncompiled\n";
        }
    } source;
    auto how = style(false);
    how.source = &source;
    how.context_lines = 1;
    CHECK(llvm({frame("f", "/src/t.c", 3)}, how).ends_with("3 >: compiled\n"));
    CHECK(llvm({frame("f", "/src/u.c", 3)}, how).ends_with("3 >: disk\n"));
}

TEST_CASE("llvm: the places of one name are one answer, without addresses") {
    std::string out;
    append_llvm_places(out, {}, style(true));
    CHECK(out == "??\n??:0:0\n\n");
    out.clear();
    const auto frames = inline_chain();
    append_llvm_places(out, std::span(frames).first(2), style(false, true));
    CHECK(out == "in3 at /src/t.c:3\nin2 at /src/t.c:4\n");
}
