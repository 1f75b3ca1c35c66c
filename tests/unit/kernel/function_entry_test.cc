#include "kernel/function_entry.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include "support/files.h"
#include "support/program_builder.h"

using namespace symline;
using namespace symline::test;

namespace {

constexpr std::uint64_t kCode = 0x1000;
constexpr std::uint64_t kNops = 8;

/// "before" up to 0x20; "entry" at 0x20, whose DIE is after eight bytes of nops; "assembler" at
/// 0x40, which has rows and no DIE; "late" at 0x60, whose DIE is too far away to be its own.
Module open_program(const TemporaryFolder& folder, bool rows_run_on) {
    ProgramBuilder built;
    LineBuilder lines(built.dwarf());
    lines.row(kCode, 9).row(kCode + 0x18, 2);
    if (!rows_run_on) lines.set_address(kCode + 0x20).end_sequence();
    lines.row(kCode + 0x20 + kNops, 20).row(kCode + 0x30, 1).row(kCode + 0x40, 10);
    lines.row(kCode + 0x48, 1).row(kCode + 0xb0, 5);
    lines.set_address(kCode + 0xc0).end_sequence().end();
    built.begin_unit(kCode, 0xc0);
    built.function("before", kCode, 0x20);
    built.function("entry", kCode + 0x20 + kNops, 0x20 - kNops);
    built.function("late", kCode + 0xb0, 0x10);
    built.end_unit();
    for (const auto& [name, offset, size] :
         {std::tuple{"before", 0, 0x20}, std::tuple{"entry", 0x20, 0x20},
          std::tuple{"assembler", 0x40, 0x20}, std::tuple{"late", 0x60, 0x60}}) {
        built.dwarf().elf().add_symbol({.name = name,
                                        .value = kCode + static_cast<std::uint64_t>(offset),
                                        .size = static_cast<std::uint64_t>(size),
                                        .section = 1});
    }
    auto module = Module::open(folder.write("program", built.dwarf().build()));
    REQUIRE(module);
    return std::move(*module);
}

struct Found {
    std::string function;
    std::uint32_t line = 0;
    bool at_start = false;
    bool operator==(const Found&) const = default;
};

Found found(const Module& module, std::uint64_t start, std::uint64_t size, std::uint64_t offset) {
    const auto answer = kernel::look_up(
        module, {FileAddress{kCode + start}, size, FileAddress{kCode + start + offset}});
    REQUIRE(answer.lookup);
    if (answer.lookup->frames.empty()) return {"", 0, answer.at_start};
    const Frame& frame = answer.lookup->frames.front();
    return {std::string(frame.name), frame.location.line, answer.at_start};
}

}  // namespace

TEST_CASE("function entry: nops in front of the DIE have the function's first line") {
    const TemporaryFolder folder;
    for (const bool rows_run_on : {true, false}) {
        CAPTURE(rows_run_on);
        const Module module = open_program(folder, rows_run_on);
        const std::uint32_t first = module.lookup({kCode + 0x28})->frames.at(0).location.line;
        for (const std::uint64_t offset : {0, 4, 7})
            CHECK(found(module, 0x20, 0x20, offset) == Found{"entry", first, true});
        CHECK(found(module, 0x20, 0x20, 8) == Found{"entry", first, false});
        CHECK(found(module, 0x20, 0x20, 0x10) == Found{"entry", first + 1, false});
        CHECK(found(module, 0, 0x20, 0x1f) ==
              Found{"before", module.lookup({kCode + 0x1f})->frames.at(0).location.line, false});
        // An address stays what the line table says of it.
        const auto plain = module.lookup({kCode + 0x20});
        CHECK(plain->frames.at(0).location.line == (rows_run_on ? 12U : 0U));
    }
}

TEST_CASE("function entry: what has no DIE within it keeps its own rows") {
    const TemporaryFolder folder;
    const Module module = open_program(folder, true);
    const std::uint32_t line = module.lookup({kCode + 0x40})->frames.at(0).location.line;
    CHECK(found(module, 0x40, 0x20, 0) == Found{"assembler", line, false});
    CHECK(found(module, 0x40, 0x20, 0x10) == Found{"assembler", line + 1, false});
    CHECK(found(module, 0x60, 0x60, 0) == Found{"late", line + 1, false});
    // Neither a place outside of the symbol nor one without a symbol is moved.
    CHECK_FALSE(found(module, 0x20, 0x20, static_cast<std::uint64_t>(-1)).at_start);
    CHECK_FALSE(found(module, 0x20, 0, 0).at_start);
    CHECK_FALSE(found(module, 0x20, 4, 0).at_start);
}

TEST_CASE("function entry: where only the row of the function before covers a symbol is no line") {
    const auto module = Module::open(fixture("machines/vmlinux-x86-kcfi"));
    REQUIRE(module);
    const auto symbols = module->symbols().named("__cfi_panic");
    REQUIRE(symbols);
    const FileAddress start = symbols->at(0).address;
    // dump_stack's, up to the padding after it.
    REQUIRE(module->lookup(start)->frames.at(0).location.line == 6);
    for (const std::uint64_t offset : {0, 4, 0xf}) {
        const auto answer = kernel::look_up(
            *module, {start, symbols->at(0).size, FileAddress{start.value + offset}});
        REQUIRE(answer.lookup);
        CHECK_FALSE(answer.at_start);
        CHECK(answer.lookup->frames.at(0).name == "__cfi_panic");
        CHECK(answer.lookup->frames.at(0).location.line == 0);
    }
}

TEST_CASE("function entry: a function without a DIE starts with its own first row") {
    const TemporaryFolder folder;
    ProgramBuilder built;
    LineBuilder lines(built.dwarf());
    lines.row(kCode, 9).row(kCode + 0x20 + kNops, 20);
    lines.set_address(kCode + 0x40).end_sequence().end();
    built.begin_unit(kCode, 0x40);
    built.function("before", kCode, 0x20);
    built.end_unit();
    built.dwarf().elf().add_symbol({.name = "before", .value = kCode, .size = 0x20, .section = 1});
    built.dwarf().elf().add_symbol(
        {.name = "folded", .value = kCode + 0x20, .size = 0x20, .section = 1});
    const auto module = Module::open(folder.write("program", built.dwarf().build()));
    REQUIRE(module);
    REQUIRE(module->lookup({kCode + 0x20})->frames.at(0).location.line ==
            module->lookup({kCode + 0x1f})->frames.at(0).location.line);
    const std::uint32_t first = module->lookup({kCode + 0x28})->frames.at(0).location.line;
    for (const std::uint64_t offset : {0, 4, 7})
        CHECK(found(*module, 0x20, 0x20, offset) == Found{"folded", first, true});
    CHECK(found(*module, 0x20, 0x20, 8) == Found{"folded", first, false});
}

TEST_CASE("function entry: the DIE of a function that the symbol runs into is not its own") {
    const auto module = Module::open(fixture("machines/vmlinux-x86-cfi"));
    REQUIRE(module);
    const auto next = module->symbols().named("run_init_process");
    REQUIRE(next);
    const FileAddress entry{next->at(0).address.value - 8};
    const auto symbol = module->symbols().at(entry);
    REQUIRE(symbol);
    REQUIRE((*symbol)->size == 0x10);
    const auto answer = kernel::look_up(*module, {entry, 0x10, entry});
    REQUIRE(answer.lookup);
    CHECK_FALSE(answer.at_start);
    CHECK((answer.lookup->frames.empty() || answer.lookup->frames.front().location.line == 0));
}

TEST_CASE("what is beyond a function's end is named by it as far as its last row runs") {
    const TemporaryFolder folder;
    const auto runs = [](const Module& module, std::uint64_t start, std::uint64_t size,
                         std::uint64_t offset) {
        const kernel::SymbolPlace place{FileAddress{kCode + start}, size,
                                        FileAddress{kCode + start + offset}};
        const auto lookup = kernel::look_up(module, place).lookup;
        REQUIRE(lookup);
        return kernel::runs_beyond(module, place, *lookup);
    };
    const auto module = open_program(folder, true);
    CHECK(runs(module, 0, 0x20, 0x20));  // the nops of "entry", over which the row of "before" runs
    CHECK(runs(module, 0, 0x20, 0x27));
    CHECK_FALSE(runs(module, 0, 0x20, 0x28));     // the DIE of "entry"
    CHECK_FALSE(runs(module, 0, 0x20, 0x1f));     // inside
    CHECK_FALSE(runs(module, 0x20, 0x20, 0x20));  // "assembler" begins with a row of its own
    CHECK_FALSE(runs(module, 0x40, 0x20, static_cast<std::uint64_t>(-0x18)));  // before its start

    const auto apart = open_program(folder, false);
    CHECK(runs(apart, 0, 0x20, 0x20));  // no row is there
}
