// What a lookup must not need: each file here is damaged in a part that the answer does not come
// from.
#include <doctest/doctest.h>

#include "support/files.h"
#include "support/program_builder.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

ProgramBuilder one_function() {
    ProgramBuilder built;
    LineBuilder lines(built.dwarf());
    lines.row(kText, 9).set_address(kText + 0x40).end_sequence().end();
    built.begin_unit(kText, 0x40);
    built.function("f", kText, 0x40);
    built.end_unit();
    return built;
}

Module open(const TemporaryFolder& folder, ProgramBuilder& built) {
    auto module = Module::open(folder.write("program", built.dwarf().build()));
    REQUIRE(module);
    return std::move(*module);
}

}  // namespace

TEST_CASE("an address that DWARF answers does not touch the symbol table") {
    auto built = one_function();
    // A table that lies beyond the end of the file: whoever reads it fails.
    built.dwarf().elf().add(
        {.name = ".symtab", .type = SHT_SYMTAB, .size = std::uint64_t{1} << 40});
    const TemporaryFolder folder;
    const Module module = open(folder, built);
    const auto answer = module.lookup({kText + 4});
    REQUIRE(answer);
    REQUIRE(answer->frames.size() == 1);
    CHECK(answer->frames[0].name == "f");
    CHECK(answer->frames[0].location.line == 10);
    CHECK(answer->frames[0].name_source == NameSource::dwarf);
    // Those that do need it say so.
    CHECK(module.symbols().named("f").error().code == ErrorCode::truncated);
    CHECK(module.symbols().at({kText}).error().code == ErrorCode::truncated);
    CHECK(module.symbols().match({"f", 0, {}}).error().code == ErrorCode::truncated);
    CHECK(module.lookup({kText + 4})->frames.size() == 1);
}

TEST_CASE("a fixture whose symbol table is damaged answers as the whole one does") {
    const auto damaged = Module::open(fixture("bad/flipped-symtab"));
    const auto whole = Module::open(fixture("c-gcc-dwarf5"));
    REQUIRE(damaged);
    const Section& text = *whole->sections().named(".text");
    int compared = 0;
    for (std::uint64_t offset = 0; offset < text.size; ++offset) {
        const auto expected = whole->lookup({text.address.value + offset});
        const auto answer = damaged->lookup({text.address.value + offset});
        REQUIRE(answer);
        if (expected->frames.empty()) continue;
        if (expected->frames.back().name_source != NameSource::dwarf) continue;
        // Code of an assembler takes its names from the labels.
        if (expected->frames[0].location.file.ends_with(".S")) continue;
        REQUIRE(answer->frames.size() == expected->frames.size());
        CHECK(answer->frames[0].name == expected->frames[0].name);
        CHECK(answer->frames[0].location.line == expected->frames[0].location.line);
        ++compared;
    }
    CHECK(compared > 500);
}

TEST_CASE("a unit that is not asked for is not read") {
    auto built = one_function();
    built.begin_unit(kCold, 0x40);
    built.dwarf().info().uleb(99);
    built.end_unit();
    const TemporaryFolder folder;
    const Module module = open(folder, built);
    CHECK(module.lookup({kText})->frames.size() == 1);
    CHECK(module.damage().empty());
    CHECK_FALSE(module.lookup({kCold}));
    CHECK_FALSE(module.damage().empty());
}

TEST_CASE("the inside of a function is read when an address lands in it") {
    ProgramBuilder built;
    LineBuilder lines(built.dwarf());
    lines.row(kText, 9).set_address(kText + 0x40).end_sequence().end();
    built.begin_unit(kText, 0x40);
    built.function("whole", kText, 0x10);
    built.function("damaged", kText + 0x10, 0x10, true);
    built.inlined(0, kCold, 8, 1, 1);
    built.end_children();
    built.dwarf().info().uleb(99);
    built.end_unit();
    const TemporaryFolder folder;
    const Module module = open(folder, built);
    CHECK(module.lookup({kText})->frames.at(0).name == "whole");
    CHECK(module.lookup({kText + 0x10})->frames.at(0).name == "damaged");
    CHECK_FALSE(module.damage().empty());
}

TEST_CASE("a debug section that cannot be read is damage only when it is needed") {
    auto built = one_function();
    built.dwarf().elf().add({.name = ".debug_rnglists", .size = std::uint64_t{1} << 40});
    const TemporaryFolder folder;
    const Module module = open(folder, built);
    CHECK(module.lookup({kText})->frames.at(0).name == "f");
    CHECK(module.damage().empty());
}
