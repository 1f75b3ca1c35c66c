// The first questions are answered by a scan, later ones by an index: nobody may see the
// difference.
#include <doctest/doctest.h>

#include <string>

#include "elf/lto_suffix.h"
#include "elf/symbol_table.h"
#include "support/files.h"

using symline::elf::ElfFile;
using symline::elf::SymbolTable;

namespace {

SymbolTable table_of(const ElfFile& file) {
    auto table = SymbolTable::of(file);
    REQUIRE(table);
    return std::move(*table);
}

std::string indices(const std::vector<symline::Symbol>& symbols) {
    std::string text;
    for (const auto& symbol : symbols) text += std::to_string(symbol.index) + ' ';
    return text;
}

}  // namespace

TEST_CASE("names and kallsyms sizes are the same with and without an index") {
    for (const char* name : {"mini-vmlinux-gcc", "mini-module.ko", "arm-clang", "icf-gold"}) {
        CAPTURE(name);
        const auto file = ElfFile::open(symline::test::fixtures_folder() + "/" + name);
        REQUIRE(file);
        const SymbolTable indexed = table_of(*file);
        for (int i = 0; i < 100; ++i) {
            (void)indexed.named("start_kernel");
            (void)indexed.kallsyms_size(indexed.symbol(0));
        }
        for (std::uint32_t i = 0; i < indexed.size(); ++i) {
            const SymbolTable fresh = table_of(*file);
            const auto symbol = fresh.symbol(i);
            CAPTURE(symbol.name);
            CHECK(indexed.kallsyms_size(symbol) == fresh.kallsyms_size(symbol));
            CHECK(indices(indexed.named(symbol.name)) == indices(fresh.named(symbol.name)));
        }
    }
}

TEST_CASE("a scan finds all entries of a name, and none whose names only end or begin with it") {
    for (const char* name : {"mini-vmlinux-gcc", "mini-module.ko", "arm-clang", "icf-gold"}) {
        CAPTURE(name);
        const auto file = ElfFile::open(symline::test::fixtures_folder() + "/" + name);
        REQUIRE(file);
        const SymbolTable table = table_of(*file);
        for (std::uint32_t i = 0; i < table.size(); ++i) {
            const std::string wanted(table.symbol(i).name);
            if (wanted.empty()) continue;
            for (const std::string& text : {wanted, wanted.substr(1), wanted + "x"}) {
                std::string expected;
                for (std::uint32_t j = 0; j < table.size() && !text.empty(); ++j) {
                    if (table.symbol(j).name == text) expected += std::to_string(j) + ' ';
                }
                CAPTURE(text);
                CHECK(indices(table_of(*file).named(text)) == expected);
            }
        }
    }
}

TEST_CASE("functions of cut names are the same with and without an index, and all are found") {
    for (const char* name :
         {"mini-vmlinux-thinlto", "mini-vmlinux-cfi", "mini-vmlinux-gcc", "mini-vmlinux-clang"}) {
        CAPTURE(name);
        const auto file = ElfFile::open(symline::test::fixtures_folder() + "/" + name);
        REQUIRE(file);
        const SymbolTable indexed = table_of(*file);
        for (int i = 0; i < 100; ++i) (void)indexed.cut_to("start_kernel");
        std::string kept;
        for (std::uint32_t i = 0; i < indexed.size(); ++i) {
            const std::string whole(indexed.symbol(i).name);
            for (const std::string& cut :
                 {whole, whole.substr(0, whole.find('.')), whole.substr(0, whole.rfind('.')),
                  whole.substr(0, whole.size() / 2)}) {
                std::string expected;
                for (std::uint32_t j = 0; j < indexed.size(); ++j) {
                    const auto symbol = indexed.symbol(j);
                    if (symbol.type == symline::SymbolType::function && symbol.section &&
                        symline::elf::is_cut_from(cut, symbol.name)) {
                        expected += std::to_string(j) + ' ';
                    }
                }
                CAPTURE(cut);
                CHECK(indices(table_of(*file).cut_to(cut)) == expected);
                CHECK(indices(indexed.cut_to(cut)) == expected);
                kept += expected;
            }
        }
        const bool renamed =
            std::string_view(name).ends_with("lto") || std::string_view(name).ends_with("cfi");
        CHECK(kept.empty() != renamed);
    }
}
