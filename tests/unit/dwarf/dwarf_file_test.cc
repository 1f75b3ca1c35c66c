#include "dwarf/dwarf_file.h"

#include <doctest/doctest.h>

#include <functional>

#include "support/program_builder.h"

using namespace symline;
using namespace symline::test;

namespace {

struct Opened {
    explicit Opened(ProgramBuilder& program)
        : elf(program.dwarf().open()), file(elf.file(), symbols) {}
    /// "inner < outer" of the names at an address.
    std::string chain(std::uint64_t address, Detail detail = Detail::frames) {
        std::string text;
        for (const Frame& frame : file.at(address, detail, hint).frames) {
            if (!text.empty()) text += " < ";
            text += frame.name;
        }
        return text;
    }
    OwnedElf elf;
    FakeSymbols symbols;
    dwarf::DwarfFile file;
    dwarf::Hint hint;
};

void rows(ProgramBuilder& program) {
    LineBuilder lines(program.dwarf());
    lines.row(kText, 9).row(kText + 0x100, 90).set_address(kText + 0x800).end_sequence().end();
}

}  // namespace

TEST_CASE("a chain of inlined functions, innermost first, with its call sites") {
    ProgramBuilder program;
    rows(program);
    program.begin_unit(kText, 0x800);
    const auto inner = program.abstract("inner");
    const auto middle = program.abstract("middle");
    program.function("outer", kText, 0x100, true);
    program.inlined(middle, kText + 0x80, 0x10, 1, 70);  // elsewhere
    program.end_children();
    program.block(kText + 0x40, 8);  // elsewhere
    program.inlined(inner, kText, 0x100, 1, 71);
    program.end_children();
    program.end_children();
    program.block(kText, 0x40);
    program.inlined(middle, kText + 0x10, 0x20, 1, 30);
    program.inlined(inner, kText + 0x18, 8, 2, 40);
    program.end_children();
    program.end_children();
    program.end_children();
    program.end_children();
    program.end_unit();
    Opened opened(program);
    CHECK(opened.chain(kText + 0x18) == "inner < middle < outer");
    CHECK(opened.chain(kText + 0x20) == "middle < outer");
    CHECK(opened.chain(kText + 0x30) == "outer");
    CHECK(opened.chain(kText + 0x85) == "middle < outer");
    const auto frames = opened.file.at(kText + 0x18, Detail::frames).frames;
    REQUIRE(frames.size() == 3);
    CHECK(frames[0].inlined);
    CHECK(frames[1].inlined);
    CHECK_FALSE(frames[2].inlined);
    CHECK(frames[0].location.line == 10);
    CHECK(frames[0].location.file == "/usr/src/main.c");
    CHECK(frames[1].location.line == 40);
    CHECK(frames[1].location.column == 3);
    CHECK(frames[1].location.file == "/usr/src/include/far.h");
    CHECK(frames[1].location.relative_file() == "include/far.h");
    CHECK(frames[2].location.line == 30);
    CHECK(frames[2].name_source == NameSource::dwarf);
    CHECK(opened.symbols.questions == 0);
    CHECK(opened.chain(kText + 0x100).empty());
    CHECK(opened.file.problem().empty());
}

TEST_CASE("an inlined call's own name comes before that of its origin, asked once or often") {
    ProgramBuilder program;
    rows(program);
    program.begin_unit(kText, 0x800);
    const auto origin = program.abstract("origin");
    program.function("outer", kText, 0x100, true);
    program.inlined_named("own", origin, kText, 0x10);
    program.inlined_named("", origin, kText + 0x10, 0x10);
    program.inlined(origin, kText + 0x20, 0x10, 1, 30);
    program.end_children();
    program.inlined(0x70000, kText + 0x30, 0x10, 1, 30);  // of nothing
    program.end_children();
    program.end_children();
    program.end_unit();
    for (const bool often : {false, true}) {
        CAPTURE(often);
        Opened opened(program);
        if (often) opened.hint.next = kText + 0x80;  // the function is read as a whole
        CHECK(opened.chain(kText + 8) == "own < outer");
        CHECK(opened.chain(kText + 0x18) == "origin < outer");
        CHECK(opened.chain(kText + 0x28) == "origin < outer");
        CHECK(opened.chain(kText + 0x38) == "outer");
        CHECK(opened.file.at(kText + 0x38, Detail::frames).frames.size() == 2);
    }
}

TEST_CASE("names through origins, specifications and other units; declarations on demand") {
    ProgramBuilder program;
    rows(program);
    const auto first = program.begin_unit(kCold, 0x10);
    const auto declared = program.declaration("area", "_ZN5shape4areaEv", 77);
    const auto defined = program.abstract_of(declared);
    program.end_unit();
    program.begin_unit(kText, 0x800);
    program.function_of_other_unit(first + defined, kText, 0x10);
    program.end_unit();
    Opened opened(program);
    const auto plain = opened.file.at(kText, Detail::frames).frames;
    REQUIRE(plain.size() == 1);
    CHECK(plain[0].name == "area");
    CHECK(plain[0].linkage_name == "_ZN5shape4areaEv");
    CHECK(plain[0].declaration.line == 0);
    const auto full = opened.file.at(kText + 4, Detail::declarations).frames;
    CHECK(full[0].declaration.line == 77);
    CHECK(full[0].declaration.file == "/usr/src/include/far.h");
    CHECK(full[0].start == FileAddress{kText});
}

TEST_CASE("references in a circle, or to nowhere, leave a function without a name") {
    ProgramBuilder program;
    rows(program);
    program.begin_unit(kText, 0x800);
    const auto itself = program.here();
    program.function_of(itself, kText, 0x10);
    const auto one = program.here();
    program.abstract_of(one + 5);
    program.abstract_of(one);
    program.function_of(one, kText + 0x10, 0x10);
    program.function_of(0x70000, kText + 0x20, 0x10);
    program.function_of_other_unit(0x70000, kText + 0x30, 0x10);
    program.end_unit();
    Opened opened(program);
    for (std::uint64_t address = kText; address < kText + 0x40; address += 0x10) {
        const auto frames = opened.file.at(address, Detail::frames).frames;
        REQUIRE(frames.size() == 1);
        CHECK(frames[0].name.empty());
        CHECK(frames[0].name_source == NameSource::none);
        CHECK(frames[0].location.line == 10);
    }
}

TEST_CASE("a sibling that leads back or out of the unit is not followed") {
    for (const std::uint64_t sibling : {0ULL, 12ULL, 1ULL << 20, 0xffff'ffffULL}) {
        CAPTURE(sibling);
        ProgramBuilder program;
        rows(program);
        program.begin_unit(kText, 0x800);
        program.structure(sibling);
        program.abstract("a method");
        program.end_children();
        program.function("f", kText, 0x10);
        program.end_unit();
        Opened opened(program);
        CHECK(opened.chain(kText) == "f");
    }
    SUBCASE("a right one is: what stands between is not read") {
        ProgramBuilder program;
        rows(program);
        program.begin_unit(kText, 0x800);
        const auto structure = program.structure(0);
        program.dwarf().info().uleb(99);  // no such abbreviation
        const auto next = program.function("f", kText, 0x10);
        program.dwarf().info().patch(structure + 1, next, 4);
        program.end_unit();
        Opened opened(program);
        CHECK(opened.chain(kText) == "f");
        CHECK(opened.file.problem().empty());
    }
}

TEST_CASE("functions in namespaces, and in other functions when a symbol says that there is one") {
    ProgramBuilder program;
    rows(program);
    program.begin_unit(kText, 0x800);
    program.name_space();
    program.name_space();
    program.function("deep", kText + 0x40, 8);
    program.end_children();
    program.end_children();
    program.function("outer", kText, 0x10, true);
    program.function("nested", kText + 0x20, 0x10);
    program.end_children();
    program.end_unit();
    Opened opened(program);
    CHECK(opened.chain(kText + 0x42) == "deep");
    CHECK(opened.chain(kText) == "outer");
    CHECK(opened.chain(kText + 0x24).empty());
    opened.symbols.names[kText + 0x20] = "nested.1";
    CHECK(opened.chain(kText + 0x24) == "nested");
}

TEST_CASE("of functions folded to one address the one whose symbol was kept") {
    for (const char* kept : {"second", "second.cold", "first", "", "unrelated"}) {
        CAPTURE(kept);
        ProgramBuilder program;
        LineBuilder lines(program.dwarf());
        lines.row(kText, 9).advance_pc(16).end_sequence();
        lines.row(kText, 19).advance_pc(16).end_sequence().end();
        program.begin_unit(kText, 0x800);
        program.function("first", kText, 0x10);
        program.function("second", kText, 0x10);
        program.end_unit();
        Opened opened(program);
        if (*kept != 0) opened.symbols.names[kText] = kept;
        const bool second = std::string_view(kept).starts_with("second");
        CHECK(opened.chain(kText + 4) == (second ? "second" : "first"));
        CHECK(opened.file.at(kText + 4, Detail::frames).frames[0].location.line ==
              (second ? 20 : 10));
    }
}

TEST_CASE("folded functions and line sequences that differ in number are not paired") {
    ProgramBuilder program;
    LineBuilder lines(program.dwarf());
    lines.row(kText, 9).advance_pc(16).end_sequence();
    lines.row(kText, 19).advance_pc(16).end_sequence().end();
    program.begin_unit(kText, 0x800);
    for (const char* name : {"first", "second", "third"}) program.function(name, kText, 0x10);
    program.end_unit();
    Opened opened(program);
    opened.symbols.names[kText] = "third";
    CHECK(opened.chain(kText + 4) == "third");
    CHECK(opened.file.at(kText + 4, Detail::frames).frames[0].location.line == 10);
}

TEST_CASE("what is known and not more: rows without a function, a function without rows") {
    ProgramBuilder program;
    rows(program);
    program.begin_unit(kText, 0xa00);
    program.function("without_rows", kText + 0x900, 0x10);
    program.end_unit();
    Opened opened(program);
    const auto row = opened.file.at(kText + 0x100, Detail::frames).frames;
    REQUIRE(row.size() == 1);
    CHECK(row[0].name.empty());
    CHECK(row[0].location.line == 100);
    const auto function = opened.file.at(kText + 0x900, Detail::frames).frames;
    REQUIRE(function.size() == 1);
    CHECK(function[0].name == "without_rows");
    CHECK(function[0].location.line == 0);
    CHECK(function[0].location.file.empty());
    CHECK(opened.file.at(kText + 0x9f0, Detail::frames).frames.empty());
    CHECK(opened.file.at(kCold, Detail::frames).frames.empty());
}

TEST_CASE("an unknown abbreviation ends the unit and is noted; what came before answers") {
    ProgramBuilder program;
    rows(program);
    program.begin_unit(kText, 0x800);
    program.function("before", kText, 0x10);
    program.dwarf().info().uleb(99);
    program.function("beyond", kText + 0x10, 0x10);
    program.end_unit();
    Opened opened(program);
    CHECK(opened.chain(kText) == "before");
    CHECK(opened.chain(kText + 0x10) == "");
    CHECK_FALSE(opened.file.problem().empty());
}

TEST_CASE("blocks nested without an end are counted, not recursed into") {
    ProgramBuilder program;
    rows(program);
    program.begin_unit(kText, 0x800);
    program.function("deep", kText, 0x10, true);
    for (int i = 0; i < 200'000; ++i) program.block(kText, 0x10);
    program.end_unit();
    Opened opened(program);
    CHECK(opened.chain(kText) == "deep");
}

TEST_CASE("with no memory to keep units in, answers are the same and outlive them") {
    ProgramBuilder program;
    rows(program);
    for (int unit = 0; unit < 3; ++unit) {
        program.begin_unit(kText + static_cast<std::uint64_t>(unit) * 0x100, 0x100);
        program.function("f", kText + static_cast<std::uint64_t>(unit) * 0x100, 0x100);
        program.end_unit();
    }
    const OwnedElf elf = program.dwarf().open();
    FakeSymbols symbols;
    dwarf::DwarfFile plenty(elf.file(), symbols);
    dwarf::DwarfFile nothing(elf.file(), symbols, nullptr, 0);
    std::vector<Frame> kept;
    for (int round = 0; round < 3; ++round) {
        for (std::uint64_t offset = 0; offset < 0x300; offset += 0x40) {
            const auto want = plenty.at(kText + offset, Detail::frames).frames;
            const auto got = nothing.at(kText + offset, Detail::frames).frames;
            REQUIRE(got.size() == 1);
            REQUIRE(want.size() == 1);
            CHECK(got[0].name == want[0].name);
            CHECK(got[0].location.line == want[0].location.line);
            CHECK(got[0].location.file == want[0].location.file);
            kept.push_back(got[0]);
        }
    }
    CHECK(kept.front().location.file == "/usr/src/main.c");
    CHECK(kept.front().location.file.data() == kept.back().location.file.data());
}
