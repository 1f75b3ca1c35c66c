#include "output/llvm_json.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "frames.h"

using namespace symline;
using namespace symline::output;
using symline::test::inline_chain;

namespace {

LlvmStyle style(Functions functions) {
    LlvmStyle made;
    made.names.functions = functions;
    return made;
}

}  // namespace

TEST_CASE("json: one object, keys in byte order") {
    auto chain = inline_chain();
    chain[0].location.column = 70;
    chain[0].declaration = {.file = "/src/t.c", .line = 3};
    std::string out;
    append_json(out, {.module = "t", .address = 0x401130, .symbol = {}},
                {.address = 0x401130, .frames = chain}, style(Functions::linkage));
    CHECK(out ==
          R"({"Address":"0x401130","ModuleName":"t","Symbol":[{"Column":70,"Discriminator":0,)"
          R"("FileName":"/src/t.c","FunctionName":"in3","Line":3,"StartAddress":"",)"
          R"("StartFileName":"/src/t.c","StartLine":3}]})");
}

TEST_CASE("json: an unknown address has one empty frame, an unknown symbol none") {
    std::string out;
    append_json(out, {.module = "t", .address = 5, .symbol = {}}, {.address = 5, .frames = {}},
                style(Functions::linkage));
    CHECK(out == R"({"Address":"0x5","ModuleName":"t","Symbol":[{"Column":0,"Discriminator":0,)"
                 R"("FileName":"","FunctionName":"","Line":0,"StartAddress":"","StartFileName":"",)"
                 R"("StartLine":0}]})");
    out.clear();
    append_json(out, {.module = "t", .address = {}, .symbol = "zz"}, {}, style(Functions::linkage));
    CHECK(out == R"({"Loc":[],"ModuleName":"t","SymName":"zz"})");
}

TEST_CASE("json: start addresses are those of real functions") {
    auto chain = inline_chain();
    auto how = style(Functions::none);
    std::string out;
    append_json(out, {.module = "t", .address = {}, .symbol = "outer"},
                {.address = {}, .frames = std::span(chain).subspan(2)}, how);
    CHECK(out.find(R"("FunctionName":"",)") != std::string::npos);
    CHECK(out.find(R"("StartAddress":"0x401120")") != std::string::npos);
    chain[2].name_source = NameSource::symbol_table;
    CHECK_FALSE(llvm_start_address(chain[2], how.names).has_value());
    CHECK(llvm_start_address(chain[2], {.functions = Functions::linkage, .prefix = {}}) ==
          0x401120);
}

TEST_CASE("json: errors and data") {
    std::string out;
    append_json_error(out, {.module = "x", .address = 0, .symbol = {}},
                      "No such file or directory");
    CHECK(out ==
          R"({"Address":"0x0","Error":{"Message":"No such file or directory"},"ModuleName":"x"})");
    out.clear();
    const LlvmData data{.name = "d", .start = 0x404010, .size = 4, .file = "", .line = 0};
    append_json_data(out, {.module = "t", .address = 0x404010, .symbol = {}}, data,
                     style(Functions::none));
    CHECK(out == R"({"Address":"0x404010","Data":{"Name":"d","Size":"0x4","Start":"0x404010"},)"
                 R"("ModuleName":"t"})");
}

TEST_CASE("json: the variables of a frame") {
    const std::vector<LlvmVariable> variables{{.function = "f",
                                               .name = "x",
                                               .file = "/x.c",
                                               .line = 7,
                                               .frame_offset = -36,
                                               .size = 4,
                                               .tag_offset = std::nullopt},
                                              {.function = "f",
                                               .name = "y",
                                               .file = "/x.c",
                                               .line = 8,
                                               .frame_offset = std::nullopt,
                                               .size = std::nullopt,
                                               .tag_offset = 16}};
    std::string out;
    append_json_variables(out, {.module = "t", .address = 16, .symbol = {}}, variables);
    CHECK(out == R"({"Address":"0x10","Frame":[{"DeclFile":"/x.c","DeclLine":7,"FrameOffset":-36,)"
                 R"("FunctionName":"f","Name":"x","Size":"0x4","TagOffset":""},{"DeclFile":"/x.c",)"
                 R"("DeclLine":8,"FunctionName":"f","Name":"y","Size":"","TagOffset":"0x10"}],)"
                 R"("ModuleName":"t"})");
}
