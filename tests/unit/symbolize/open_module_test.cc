#include "symbolize/open_module.h"

#include <doctest/doctest.h>

#include "support/files.h"

using namespace symline;
using symline::test::fixture;

TEST_CASE("a module is made of a file that is open, and gives the open file with the DWARF") {
    auto file = elf::ElfFile::open(fixture("c-gcc-dwarf5"));
    REQUIRE(file);
    const auto* const image = file->image().data();
    const auto module = symbolize::open_module(std::move(*file), {});
    REQUIRE(module);
    CHECK(module->path() == fixture("c-gcc-dwarf5"));
    REQUIRE(symbolize::debug_file(*module) != nullptr);
    CHECK(symbolize::debug_file(*module)->image().data() == image);
}

TEST_CASE("a module without DWARF has no file that holds it") {
    const auto module = Module::open(fixture("buildid-found"), {.find_debug_file = false});
    REQUIRE(module);
    CHECK(symbolize::debug_file(*module) == nullptr);
}
