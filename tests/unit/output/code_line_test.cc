#include "output/code_line.h"

#include <doctest/doctest.h>

using namespace symline;
using namespace symline::output;

namespace {

CodeListing listing() {
    CodeListing listing;
    listing.architecture = "x86_64";
    listing.symbol_offset = 0x10;
    listing.match = CodeMatch::same;
    listing.instructions = {
        {.offset = -5, .bytes = {0x01}},
        {.offset = -4, .bytes = {0x48, 0x83, 0xec, 0x28}, .text = "subq $0x28, %rsp"},
        {.offset = 0, .bytes = {0x0f, 0x0b}, .text = "ud2", .trapping = true},
        {.offset = 2,
         .bytes = {0x48, 0xc7, 0x45, 0xd0, 0, 0, 0, 0},
         .text = "movq $0x0, -0x30(%rbp)",
         .in_file = {0x90}}};
    return listing;
}

}  // namespace

TEST_CASE("code lines: offsets in the function, the mark, what the file has instead") {
    const auto lines = code_lines(listing(), " (a.c:3)");
    REQUIRE(lines.size() == 4);
    CHECK(lines[0] == "    +0xb: 01");
    CHECK(lines[1] == "    +0xc: 48 83 ec 28              subq $0x28, %rsp");
    CHECK(lines[2] == "=> +0x10: 0f 0b                    ud2 (a.c:3)");
    CHECK(lines[3] ==
          "   +0x12: 48 c7 45 d0 00 00 00 00  movq $0x0, -0x30(%rbp) (the file has 90)");
}

TEST_CASE("code lines: before the function's start") {
    auto early = listing();
    early.symbol_offset = 2;
    const auto lines = code_lines(early, "");
    CHECK(lines[1].starts_with("   -0x2: 48"));
    CHECK(lines[2].starts_with("=> +0x2: 0f"));
}

TEST_CASE("code lines: words as the kernel prints them") {
    CodeListing words{.architecture = "arm64", .unit = 4};
    words.instructions = {{.offset = 0, .bytes = {0x21, 0, 0x40, 0xf9}, .text = "ldr x1, [x1]"}};
    CHECK(code_lines(words, "")[0] == "   +0x0: f9400021                 ldr x1, [x1]");
    words.big_endian = true;
    CHECK(code_lines(words, "")[0].starts_with("   +0x0: 210040f9 "));
}

TEST_CASE("decodecode: its two parts, seven bytes in a line as objdump") {
    CHECK(decodecode(listing()) ==
          "All code\n"
          "========\n"
          "   0:\t01                   \t(part)\n"
          "   1:\t48 83 ec 28          \tsubq   $0x28, %rsp\n"
          "   5:*\t0f 0b                \tud2\t\t<-- trapping instruction\n"
          "   7:\t48 c7 45 d0 00 00 00 \tmovq   $0x0, -0x30(%rbp)\n"
          "   e:\t00 \n"
          "\n"
          "Code starting with the faulting instruction\n"
          "===========================================\n"
          "   0:\t0f 0b                \tud2\n"
          "   2:\t48 c7 45 d0 00 00 00 \tmovq   $0x0, -0x30(%rbp)\n"
          "   9:\t00 \n");
    CHECK(single_spaced("  [ 1.0]\t Code:  48  <0f> ") == "[ 1.0] Code: 48 <0f>");
}

TEST_CASE("code in JSON") {
    const std::string expected =
        R"j(,"architecture":"x86_64","matches":true,"instructions":[{"offset":-5,"bytes":"01"},)j"
        R"j({"offset":-4,"bytes":"4883ec28","text":"subq $0x28, %rsp"},)j"
        R"j({"offset":0,"bytes":"0f0b","text":"ud2","trapping":true},)j"
        R"j({"offset":2,"bytes":"48c745d000000000","in_file":"90",)j"
        R"j("text":"movq $0x0, -0x30(%rbp)"}])j";
    CHECK(json_code(listing()) == expected);
    CHECK(json_code(CodeListing{}).empty());
}
