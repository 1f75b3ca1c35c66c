#include "llvm_reader/llvm_reader.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

#include "support/files.h"

using namespace symline;
using namespace symline::llvm_reader;

namespace {

const std::string kProgram = SYMLINE_TEST_LLVM_READER;

OpenRequest request_for(const std::string& path) {
    OpenRequest request;
    request.path = path;
    return request;
}

/// "function file:line column" of each frame.
std::vector<std::string> shown(const OwnedLookup& lookup) {
    std::vector<std::string> lines;
    for (const Frame& frame : lookup->frames) {
        const auto file = std::filesystem::path(frame.location.file).filename().string();
        lines.push_back(std::string(frame.name) + ' ' + file + ':' +
                        std::to_string(frame.location.line) + (frame.inlined ? " inlined" : ""));
    }
    return lines;
}

}  // namespace

TEST_CASE("llvm_reader: a Mach-O program with its dSYM") {
    auto reader = LlvmReader::open(kProgram, request_for(test::fixture("foreign/macho")));
    REQUIRE(reader);
    CHECK(reader->opened().format == "Mach-O 64-bit x86-64");
    CHECK(reader->opened().address_size == 8);
    const auto found = reader->code(0x10000039c);
    REQUIRE(found);
    CHECK(shown(*found) == std::vector<std::string>{"square main.c:6 inlined",
                                                    "sum_of_squares main.c:11 inlined",
                                                    "measure main.c:16"});
    const auto nothing = reader->code(0x20);
    REQUIRE(nothing);
    CHECK((*nothing)->frames.empty());
    CHECK((*nothing)->miss);
}

TEST_CASE("llvm_reader: data, variables and symbols") {
    auto reader = LlvmReader::open(kProgram, request_for(test::fixture("foreign/pe-dwarf.exe")));
    REQUIRE(reader);
    const auto symbol = reader->symbol("measure", 0);
    REQUIRE(symbol);
    CHECK(shown(*symbol) == std::vector<std::string>{"measure main.c:14"});
    const auto variables = reader->variables(0x140001000);
    REQUIRE(variables);
    REQUIRE_FALSE(variables->empty());
    CHECK(variables->front().function == "measure");
    CHECK(variables->front().name == "width");
    CHECK(variables->front().size == 4U);
    const auto datum = reader->data(0x20);
    REQUIRE(datum);
    CHECK(datum->name.empty());
}

TEST_CASE("llvm_reader: without its PDB a program has its symbols, and the reason is told") {
    const test::TemporaryFolder folder;
    const auto program = folder.copy("pe.exe", test::fixture("foreign/pe.exe"));
    auto reader = LlvmReader::open(kProgram, request_for(program));
    REQUIRE(reader);
    CHECK(reader->opened().problem == "'pe.pdb': No such file or directory");
    CHECK(reader->code(0x14000100c));
    folder.write("pe.pdb", std::string_view("not a PDB"));
    CHECK(LlvmReader::open(kProgram, request_for(program))
              ->opened()
              .problem.starts_with("'pe.pdb': "));
}

TEST_CASE("llvm_reader: files that are none") {
    const auto missing = LlvmReader::open(kProgram, request_for("/nonexistent/program"));
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == ErrorCode::not_found);
    CHECK(missing.error().file == "/nonexistent/program");
    const auto text = LlvmReader::open(kProgram, request_for(test::fixture("build.sh")));
    REQUIRE_FALSE(text);
    CHECK(text.error().code == ErrorCode::not_elf);
}

TEST_CASE("llvm_reader: a FIFO in the place of a file is not waited for") {
    const test::TemporaryFolder folder;
    const std::string path = folder.path("fifo");
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    CHECK_FALSE(LlvmReader::open(kProgram, request_for(path)));
}

TEST_CASE("llvm_reader: a reader that is not there, ends or crashes is an error") {
    const auto missing = LlvmReader::open("/nonexistent/reader", request_for("/bin/true"));
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code == ErrorCode::not_found);
    CHECK(missing.error().file == "/nonexistent/reader");
    const auto ended = LlvmReader::open("/bin/false", request_for("/bin/true"));
    REQUIRE_FALSE(ended);
    CHECK(ended.error().message.starts_with("LLVM's reader ended with exit status"));

    const test::TemporaryFolder folder;
    const std::string crashing =
        folder.write("crashing", std::string_view("#!/bin/sh\nkill -SEGV $$\n"));
    ::chmod(crashing.c_str(), 0700);
    const auto crashed = LlvmReader::open(crashing, request_for("/bin/true"));
    REQUIRE_FALSE(crashed);
    CHECK(crashed.error().message == "LLVM's reader ended by signal 11 (Segmentation fault)");
    const std::string without_memory =
        folder.write("without-memory", std::string_view("#!/bin/sh\nexit 12\n"));
    ::chmod(without_memory.c_str(), 0700);
    const auto starved = LlvmReader::open(without_memory, request_for("/bin/true"));
    REQUIRE_FALSE(starved);
    CHECK(starved.error().message == "LLVM's reader ran out of memory");
}
