#include "find/debuginfod/fetched_file_check.h"

#include <doctest/doctest.h>

#include "elf/elf_file.h"
#include "support/files.h"

using namespace symline;
using namespace symline::find;

namespace {

const std::string kProgram = test::fixture("c-gcc-dwarf5");

FetchRequest request_for(const std::string& path) {
    return {FetchKind::debug_file, elf::ElfFile::open(path)->build_id().value(), {}};
}

}  // namespace

TEST_CASE("a whole file of the build id is accepted, and nothing else") {
    const auto request = request_for(kProgram);
    const test::TemporaryFolder folder;
    CHECK(fault_of(kProgram, request).empty());
    CHECK(fault_of(test::fixture("c-clang-dwarf5"), request).find("another build id") !=
          std::string::npos);
    CHECK(fault_of(folder.write("empty", ""), request) == "sent an empty file");
    CHECK(fault_of(folder.write("page", "\xef\xbb\xbf\n<!DOCTYPE HTML><p>"), request) ==
          "sent a web page");
    CHECK(fault_of(folder.write("text", "sorry"), request) == "sent something that is no ELF file");
    auto bytes = test::read_whole(kProgram);
    bytes.resize(bytes.size() / 2);
    CHECK_FALSE(fault_of(folder.write("half", bytes), request).empty());
}

TEST_CASE("a source file may be anything but a web page") {
    const test::TemporaryFolder folder;
    FetchRequest request{FetchKind::source_file, {}, "/usr/src/a.c"};
    CHECK(fault_of(folder.write("a.c", "int a;\n"), request).empty());
    const auto page = folder.write("page", "<html>");
    CHECK(fault_of(page, request) == "sent a web page");
    request.path = "/usr/src/help.html";
    CHECK(fault_of(page, request).empty());
}
