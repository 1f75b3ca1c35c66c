// Lookups in whole files, by what each fixture was made for.
#include <doctest/doctest.h>

#include <set>

#include "elf/symbol_table.h"
#include "support/files.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

Module open(std::string_view name) {
    auto module = Module::open(fixture(name));
    REQUIRE(module);
    return std::move(*module);
}

std::vector<Frame> at_symbol(const Module& module, std::string_view name, std::uint64_t offset = 0,
                             std::size_t nth = 0) {
    const auto found = module.symbols().named(name);
    REQUIRE(found);
    REQUIRE(found->size() > nth);
    auto answer = module.lookup({(*found)[nth].address.value + offset});
    REQUIRE(answer);
    return std::move(answer->frames);
}

std::string chain(const std::vector<Frame>& frames) {
    std::string text;
    for (const Frame& frame : frames) {
        if (!text.empty()) text += " < ";
        text += frame.name;
    }
    return text;
}

/// The chains of all addresses of a function.
std::set<std::string> chains(const Module& module, std::string_view function) {
    std::set<std::string> all;
    const Symbol symbol = module.symbols().named(function)->at(0);
    for (std::uint64_t offset = 0; offset < symbol.size; ++offset) {
        all.insert(chain(module.lookup({symbol.address.value + offset})->frames));
    }
    return all;
}

}  // namespace

TEST_CASE("inlining three deep, whatever the DWARF version, machine, byte order and compression") {
    for (const char* name : {"c-gcc-dwarf2",
                             "c-gcc-dwarf3",
                             "c-gcc-dwarf4",
                             "c-gcc-dwarf5",
                             "c-clang-dwarf2",
                             "c-clang-dwarf3",
                             "c-clang-dwarf4",
                             "c-clang-dwarf5",
                             "c-gcc-dwarf64-v4",
                             "c-gcc-dwarf64-v5",
                             "c-gcc-g1",
                             "c-clang-line-tables-only",
                             "c-clang-aranges",
                             "c-mixed-aranges",
                             "c-clang-function-sections",
                             "c-gcc-pie",
                             "i386-gcc",
                             "i386-clang-v4",
                             "arm-clang",
                             "aarch64-clang",
                             "s390x-gcc",
                             "ppc-gcc",
                             "mips-clang",
                             "riscv64-gcc",
                             "compressed-zlib",
                             "compressed-zstd",
                             "compressed-zlib-gnu",
                             "compressed-zstd-lld",
                             "extended-numbering"}) {
        CAPTURE(name);
        const Module module = open(name);
        CHECK(chains(module, "outer").contains("square < sum_of_squares < hypotenuse < outer"));
        const auto frames = at_symbol(module, "outer");
        REQUIRE_FALSE(frames.empty());
        CHECK(frames.back().name == "outer");
        CHECK(frames.back().location.file == "/usr/src/symline-fixtures/c/main.c");
        CHECK(frames.back().location.line >= 29);
        CHECK(frames.back().location.line <= 31);
        CHECK(module.damage().empty());
    }
}

TEST_CASE("relocatable files, with RELA, REL, and RISC-V pairs, in both byte orders") {
    for (const char* name :
         {"i386-gcc.o", "s390x-gcc.o", "ppc-gcc.o", "riscv64-gcc.o", "riscv64-clang.o"}) {
        CAPTURE(name);
        const Module module = open(name);
        for (const char* function : {"check", "drain_all", "clones"}) {
            CAPTURE(function);
            const auto frames = at_symbol(module, function);
            REQUIRE_FALSE(frames.empty());
            CHECK(frames.back().name == function);
            CHECK(frames.back().name_source == NameSource::dwarf);
            CHECK(frames.back().location.file == "/usr/src/symline-fixtures/c/clones.c");
            CHECK(frames.back().location.line > 15);
            CHECK(frames.back().location.line < 90);
        }
        CHECK(module.damage().empty());
    }
}

TEST_CASE("every kind of range list: both pieces of each function") {
    for (const char* name : {"ranges-v5", "ranges-v4"}) {
        const auto file = elf::ElfFile::open(fixture(name));
        const auto table = elf::SymbolTable::of(*file);
        const Module module = open(name);
        int pieces = 0;
        for (std::uint32_t i = 0; i < table->size(); ++i) {
            const Symbol symbol = table->symbol(i);
            if (!symbol.name.starts_with("by_")) continue;
            // NAME_end marks the end of the piece NAME.
            const auto without_end = symbol.name.substr(0, symbol.name.size() - 4);
            if (symbol.name.ends_with("_end") && !table->named(without_end).empty()) continue;
            CAPTURE(std::string(symbol.name));
            // Functions without a list of ranges have one piece only, and one has rows alone.
            const bool uncovered =
                symbol.name.starts_with("by_high_") || symbol.name == "by_pair.cold";
            if (uncovered && symbol.name.ends_with(".cold")) {
                if (name == std::string_view("ranges-v4")) continue;
            }
            const auto frames = module.lookup(symbol.address)->frames;
            REQUIRE(frames.size() == 1);
            CHECK(frames[0].name_source == NameSource::dwarf);
            CHECK(frames[0].name == symbol.name.substr(0, symbol.name.find('.')));
            ++pieces;
        }
        CHECK(pieces >= 9);
    }
}

TEST_CASE("identical code folding: unit and symbol agree") {
    for (const char* name : {"icf-gold", "icf-lld"}) {
        CAPTURE(name);
        const Module module = open(name);
        const auto folded = at_symbol(module, "first_total");
        REQUIRE(folded.size() == 1);
        CHECK(folded[0].name == "first_total");
        CHECK(folded[0].location.file.ends_with("icf/first.c"));
        CHECK(chain(at_symbol(module, "second_only")) == "second_only");
    }
}

TEST_CASE("nested functions") {
    const Module module = open("c-gcc-nested");
    CHECK(chain(at_symbol(module, "add.1")) == "add");
    CHECK(chains(module, "apply").contains("apply"));
}

TEST_CASE("discarded functions never answer for live code") {
    for (const char* name : {"gc-bfd-v4", "gc-bfd-v5", "gc-gold-v4", "gc-gold-v5", "gc-lld-v4",
                             "gc-lld-v5", "gc-lld-all-ones", "gc-bfd-low"}) {
        CAPTURE(name);
        const Module module = open(name);
        for (const Section& section : module.sections().all()) {
            if (!section.executable()) continue;
            for (std::uint64_t offset = 0; offset < section.size; ++offset) {
                const auto answer = module.lookup({section.address.value + offset});
                REQUIRE(answer);
                for (const Frame& frame : answer->frames) {
                    CHECK_FALSE(frame.name.starts_with("discarded"));
                }
            }
        }
        CHECK(chain(at_symbol(module, "_start")).ends_with("_start"));
    }
}

TEST_CASE("origins in other units after LTO") {
    CHECK(chains(open("lto-gcc"), "first_caller").contains("lto_leaf < lto_outer < first_caller"));
    CHECK(
        chains(open("lto-clang"), "first_caller").contains("lto_leaf < lto_outer < first_caller"));
}

TEST_CASE("directories are joined once") {
    for (const char* name : {"paths-relative-v4", "paths-relative-v5"}) {
        const Module module = open(name);
        const auto frames = at_symbol(module, "sort_entry");
        REQUIRE_FALSE(frames.empty());
        CHECK(frames[0].location.file.find("stdlib/./stdlib") == std::string_view::npos);
        CHECK(frames[0].location.file.starts_with("./stdlib/"));
    }
    for (const char* name : {"paths-whole-v4", "paths-whole-v5", "paths-absolute-clang"}) {
        const Module module = open(name);
        const auto frames = at_symbol(module, "sort_entry");
        REQUIRE_FALSE(frames.empty());
        CHECK(frames[0].location.file.starts_with("/usr/src/symline-fixtures/"));
        CHECK(frames[0].location.file.find("/usr", 1) == std::string_view::npos);
    }
}

TEST_CASE("code of an assembler: rows from DWARF, the name from the symbol table") {
    const Module module = open("c-gcc-dwarf5");
    const auto frames = at_symbol(module, "assembled_entry");
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].name == "assembled_entry");
    CHECK(frames[0].location.file.ends_with("assembled.S"));
    const auto bare = at_symbol(module, "assembled_without_lines");
    REQUIRE(bare.size() == 1);
    CHECK(bare[0].name_source == NameSource::symbol_table);
    CHECK(bare[0].location.line == 0);
}

TEST_CASE("a module's sections: functions at offset 0 of each") {
    for (const char* name : {"mini-module.ko", "compressed-zlib.ko", "compressed-zstd.ko"}) {
        const Module module = open(name);
        CHECK(chain(at_symbol(module, "first_in_text")).ends_with("first_in_text"));
        CHECK(chain(at_symbol(module, "mini_complain")).ends_with("mini_complain"));
        CHECK(chain(at_symbol(module, "mini_init")).ends_with("init_module"));
        CHECK(chain(at_symbol(module, "worker", 0, 0)).ends_with("worker"));
        CHECK(chain(at_symbol(module, "worker", 0, 1)).ends_with("worker"));
        CHECK(module.damage().empty());
    }
}

TEST_CASE("C++ and Rust: linkage names beside the names") {
    for (const char* name :
         {"cxx-gcc-dwarf4", "cxx-gcc-dwarf5", "cxx-clang-dwarf4", "cxx-clang-dwarf5",
          "cxx-gcc-types-v4", "cxx-gcc-types-v5", "cxx-clang-types-v4", "cxx-clang-types-v5",
          "cxx-dwz", "rust-v0", "rust-legacy"}) {
        CAPTURE(name);
        const auto file = elf::ElfFile::open(fixture(name));
        const auto table = elf::SymbolTable::of(*file);
        const Module module = open(name);
        int mangled = 0;
        for (std::uint32_t i = 0; i < table->size(); ++i) {
            const Symbol symbol = table->symbol(i);
            const bool function = symbol.type == SymbolType::function && symbol.section;
            if (!function || !symbol.name.starts_with("_Z") ||
                symbol.name.find('.') < symbol.name.size())
                continue;
            const auto best = module.symbols().at(symbol.address);
            if ((*best)->name != symbol.name) continue;
            const auto answer = module.lookup(symbol.address);
            REQUIRE(answer);
            if (answer->frames.empty() || answer->frames.back().name_source != NameSource::dwarf)
                continue;
            CAPTURE(std::string(symbol.name));
            CHECK(answer->frames.back().linkage_or_name() == symbol.name);
            ++mangled;
        }
        if (!std::string_view(name).starts_with("rust-v0")) CHECK(mangled >= 2);
    }
}
