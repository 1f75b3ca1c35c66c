// Symbols whose names in .symtab carry a version, as linkers before binutils 2.35 wrote them.
#include <doctest/doctest.h>

#include "elf/symbol_table.h"
#include "support/elf_builder.h"

using namespace symline;
using namespace symline::test;
using elf::SymbolTable;

namespace {

constexpr std::uint64_t kText = 0x401000;

OwnedElf library(bool versioned = true) {
    ElfBuilder builder;
    builder.add_code(".text", kText, 0x100);
    if (versioned) builder.add({.name = ".gnu.version", .type = SHT_NOBITS});
    builder.add_symbol({.name = "qsort@@GLIBC_2.2.5", .value = kText, .size = 16, .section = 1});
    builder.add_symbol(
        {.name = "memcpy@GLIBC_2.2.5", .value = kText + 16, .size = 16, .section = 1});
    builder.add_symbol({.name = "memcpy@@GLIBC_2.14",
                        .value = kText + 32,
                        .size = 16,
                        .section = 1,
                        .type = STT_GNU_IFUNC});
    builder.add_symbol({.name = "plain", .value = kText + 48, .size = 16, .section = 1});
    return builder.open();
}

}  // namespace

TEST_CASE("a symbol's name ends in front of its version") {
    const OwnedElf elf = library();
    const auto table = SymbolTable::of(elf.file());
    CHECK(table->at(FileAddress{kText + 4})->name == "qsort");
    CHECK(table->at(FileAddress{kText + 20})->name == "memcpy");
    CHECK(table->at(FileAddress{kText + 50})->name == "plain");
}

TEST_CASE("symbols are found with and without their version, with and without an index") {
    const OwnedElf elf = library();
    const auto table = SymbolTable::of(elf.file());
    for (int questions = 0; questions < 40; ++questions) {
        CAPTURE(questions);
        CHECK(table->named("qsort").size() == 1);
        CHECK(table->named("qsort@@GLIBC_2.2.5").size() == 1);
        CHECK(table->named("memcpy").size() == 2);
        REQUIRE(table->named("memcpy@@GLIBC_2.14").size() == 1);
        CHECK(table->named("memcpy@@GLIBC_2.14")[0].value == kText + 32);
        CHECK(table->named("memcpy@").empty());
        CHECK(table->named("qsor").empty());
        CHECK(table->named("sort").empty());
    }
}

TEST_CASE("in a file without versions '@' is a letter like others") {
    const OwnedElf elf = library(false);
    const auto table = SymbolTable::of(elf.file());
    CHECK(table->at(FileAddress{kText})->name == "qsort@@GLIBC_2.2.5");
    CHECK(table->named("qsort").empty());
}

TEST_CASE("an IFUNC is a function") {
    ElfBuilder builder;
    builder.add_code(".text", kText, 0x100);
    builder.add_symbol(
        {.name = "a_label", .value = kText, .size = 8, .section = 1, .type = STT_NOTYPE});
    builder.add_symbol(
        {.name = "chosen_late", .value = kText, .size = 8, .section = 1, .type = STT_GNU_IFUNC});
    const OwnedElf elf = builder.open();
    const auto symbol = SymbolTable::of(elf.file())->at(FileAddress{kText});
    CHECK(symbol->name == "chosen_late");
    CHECK(symbol->type == SymbolType::ifunc);
}
