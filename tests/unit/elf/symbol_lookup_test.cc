#include <algorithm>

#include <doctest/doctest.h>

#include "elf/symbol_table.h"
#include "support/elf_builder.h"

using namespace symline;
using namespace symline::test;
using elf::SymbolTable;

namespace {

constexpr std::uint64_t kText = 0x401000;
constexpr std::uint64_t kFini = 0x401100;

OwnedElf with_symbols(const std::vector<SymbolSpec>& symbols, std::uint16_t type = ET_EXEC) {
    ElfBuilder builder({}, type);
    builder.add_code(".text", kText, 0x100);
    builder.add_code(".fini", kFini, 0x40);
    for (const SymbolSpec& symbol : symbols) builder.add_symbol(symbol);
    return builder.open();
}

std::string at(const OwnedElf& elf, std::uint64_t address) {
    const auto symbol = SymbolTable::of(elf.file())->at(FileAddress{address});
    return symbol ? std::string(symbol->name) : "";
}

SymbolSpec symbol(std::string name, std::uint64_t offset, std::uint64_t size,
                  std::uint8_t binding = STB_GLOBAL, std::uint8_t type = STT_FUNC) {
    return {std::move(name), kText + offset, size, 1, binding, type};
}

}  // namespace

TEST_CASE("the preference among aliases, step by step") {
    const struct {
        const char* step;
        SymbolSpec better, worse;
    } steps[] = {
        {"global before weak", symbol("z", 0, 8), symbol("a", 0, 8, STB_WEAK)},
        {"weak before local", symbol("z", 0, 8, STB_WEAK), symbol("a", 0, 8, STB_LOCAL)},
        {"unique as global", symbol("z", 0, 8, STB_GNU_UNIQUE), symbol("a", 0, 8, STB_WEAK)},
        {"function before none", symbol("z", 0, 8), symbol("a", 0, 8, STB_GLOBAL, STT_NOTYPE)},
        {"function before data", symbol("z", 0, 8), symbol("a", 0, 8, STB_GLOBAL, STT_OBJECT)},
        {"ifunc is a function", symbol("z", 0, 8, STB_GLOBAL, STT_GNU_IFUNC),
         symbol("a", 0, 8, STB_GLOBAL, STT_OBJECT)},
        {"binding before type", symbol("z", 0, 8, STB_GLOBAL, STT_NOTYPE),
         symbol("a", 0, 8, STB_WEAK)},
        {"type before __pfx_", symbol("__pfx_z", 0, 8), symbol("a", 0, 8, STB_GLOBAL, STT_OBJECT)},
        {"not __pfx_", symbol("z", 0, 8), symbol("__pfx_a", 0, 8)},
        {"by name", symbol("a", 0, 8), symbol("b", 0, 8)},
        {"upper case is lower in byte order", symbol("Z", 0, 8), symbol("a", 0, 8)},
        {"underscore between", symbol("_a", 0, 8), symbol("a", 0, 8)},
    };
    for (const auto& each : steps) {
        CAPTURE(each.step);
        CHECK(at(with_symbols({each.better, each.worse}), kText + 3) == each.better.name);
        CHECK(at(with_symbols({each.worse, each.better}), kText + 3) == each.better.name);
    }
}

TEST_CASE("a symbol holds the bytes of its size") {
    const OwnedElf elf = with_symbols({symbol("f", 0x10, 8), symbol("g", 0x20, 0x10)});
    CHECK(at(elf, kText + 0x0f).empty());
    CHECK(at(elf, kText + 0x10) == "f");
    CHECK(at(elf, kText + 0x17) == "f");
    CHECK(at(elf, kText + 0x18).empty());
    CHECK(at(elf, kText + 0x2f) == "g");
    CHECK(at(elf, kText + 0x30).empty());
}

TEST_CASE("of nested symbols the inner one, of one that reaches over others the rest") {
    const OwnedElf elf = with_symbols(
        {symbol("outer", 0, 0x80), symbol("inner", 0x10, 8, STB_LOCAL), symbol("next", 0x18, 8)});
    CHECK(at(elf, kText + 0x08) == "outer");
    CHECK(at(elf, kText + 0x12) == "inner");
    CHECK(at(elf, kText + 0x1a) == "next");
    CHECK(at(elf, kText + 0x40) == "outer");
}

TEST_CASE("a label of size 0 reaches to the next symbol, or the end of its section") {
    const OwnedElf elf = with_symbols({symbol("label", 0x10, 0, STB_GLOBAL, STT_NOTYPE),
                                       symbol("second", 0x20, 0, STB_LOCAL),
                                       symbol("sized", 0x30, 8),
                                       symbol("inside", 0x34, 0),
                                       symbol("last", 0x40, 0),
                                       {"fini", kFini + 0x10, 0, 2, STB_GLOBAL, STT_FUNC}});
    const struct {
        std::uint64_t address;
        const char* name;
    } cases[] = {
        {kText + 0x0f, ""},       {kText + 0x10, "label"},  {kText + 0x1f, "label"},
        {kText + 0x20, "second"}, {kText + 0x2f, "second"}, {kText + 0x30, "sized"},
        {kText + 0x34, "sized"},  {kText + 0x37, "sized"},  {kText + 0x38, ""},
        {kText + 0x40, "last"},   {kText + 0xff, "last"},   {kFini, ""},
        {kFini + 0x10, "fini"},   {kFini + 0x3f, "fini"},   {kFini + 0x40, ""},
    };
    for (const auto& each : cases) {
        CAPTURE(each.address);
        CHECK(at(elf, each.address) == each.name);
    }
}

TEST_CASE("symbols that name no place are never the answer") {
    for (const std::uint8_t type : {STT_SECTION, STT_FILE, STT_COMMON, STT_TLS}) {
        CHECK(at(with_symbols({symbol("s", 0, 8, STB_GLOBAL, type)}), kText + 1).empty());
    }
    for (const char* name : {"", "$x", "$d.7", ".Ltmp3", ".L", "L0\x01"}) {
        CAPTURE(name);
        CHECK(at(with_symbols({symbol(name, 0, 8)}), kText + 1).empty());
    }
}

TEST_CASE("a symbol whose end wraps around the address space") {
    const OwnedElf elf =
        with_symbols({symbol("huge", 0x10, ~std::uint64_t{0}), symbol("f", 0x20, 4)});
    CHECK(at(elf, kText + 0x18) == "huge");
    CHECK(at(elf, kText + 0x20) == "f");
    CHECK(at(elf, kText).empty());
}

TEST_CASE("up to where the answer stays the same") {
    const std::vector<SymbolSpec> symbols = {
        symbol("outer", 0x10, 0x40), symbol("inner", 0x20, 8),
        symbol("alias", 0x20, 0x10), symbol("label", 0x24, 0, STB_LOCAL, STT_NOTYPE),
        symbol("after", 0x58, 0),    symbol("beyond", 0x60, 0),
        symbol("last", 0x80, 0x10),  symbol("over", 0x88, 0x20),
        symbol("end", 0xf0, 0x20),   symbol("wrong section", 0x108, 0, STB_LOCAL, STT_NOTYPE),
    };
    const OwnedElf elf = with_symbols(symbols);
    const auto table = SymbolTable::of(elf.file());
    REQUIRE(table);
    const auto name = [&](std::uint64_t address) {
        const auto found = table->at(FileAddress{address});
        return found ? std::string(found->name) : "";
    };
    std::size_t stretches = 0;
    for (const auto& [low, high] : {std::pair{kText, kText + 0x100}, {kFini, kFini + 0x40}}) {
        for (std::uint64_t address = low; address < high;) {
            const std::uint64_t until =
                std::min(high, table->unchanged_until(FileAddress{address}));
            REQUIRE(until > address);
            const std::string expected = name(address);
            for (; address < until; ++address) {
                CAPTURE(address);
                REQUIRE(name(address) == expected);
                REQUIRE(table->unchanged_until(FileAddress{address}) >= until);
            }
            ++stretches;
        }
    }
    CHECK(stretches < 20);
}

TEST_CASE("the kallsyms size") {
    const std::vector<SymbolSpec> symbols = {
        symbol("plain", 0x00, 4),  // 0x10 to next
        symbol("next", 0x10, 4),
        symbol("alias", 0x20, 8),
        symbol("alias2", 0x20, 8),
        symbol("no_size", 0x30, 0),
        symbol("no_size2", 0x30, 0),
        symbol("nests", 0x40, 0x18),
        symbol("nested", 0x48, 4),
        symbol("on_end", 0x58, 4),
        symbol("ignores", 0x60, 4),
        symbol(".Ltmp", 0x64, 0),
        symbol("L0x", 0x66, 0),
        symbol("$x", 0x68, 0),
        symbol("data", 0x70, 0, STB_LOCAL, STT_OBJECT),
        symbol("last", 0xf0, 4),
        {"fini", kFini, 4, 2, STB_GLOBAL, STT_FUNC},
        {"absolute", kText + 0x72, 4, SHN_ABS, STB_GLOBAL, STT_NOTYPE, true},
    };
    const struct {
        const char* name;
        std::uint64_t size;
    } cases[] = {
        {"plain", 0x10}, {"alias", 0x10},  {"alias2", 0x10}, {"no_size", 0x10}, {"no_size2", 0x10},
        {"nests", 0x18}, {"nested", 0x10}, {"on_end", 8},    {"ignores", 0x10}, {"data", 0x80},
        {"last", 0x10},  {"fini", 0x40},   {"absolute", 0},
    };
    for (const std::uint16_t type : {ET_EXEC, ET_REL}) {
        auto placed = symbols;
        if (type == ET_REL) {
            for (auto& each : placed) each.value -= each.section == 2 ? kFini : kText;
        }
        const OwnedElf elf = with_symbols(placed, type);
        const auto table = SymbolTable::of(elf.file());
        for (const auto& each : cases) {
            CAPTURE(each.name);
            CHECK(table->kallsyms_size(table->named(each.name).at(0)) == each.size);
        }
    }
}

TEST_CASE("the kallsyms size of a symbol outside of its section is 0") {
    const OwnedElf elf = with_symbols({symbol("before", static_cast<std::uint64_t>(-0x10), 0),
                                       symbol("beyond", 0x101, 0), symbol("end", 0x100, 0)});
    const auto table = SymbolTable::of(elf.file());
    CHECK(table->kallsyms_size(table->named("beyond").at(0)) == 0);
    CHECK(table->kallsyms_size(table->named("end").at(0)) == 0);
    CHECK(table->kallsyms_size(table->named("before").at(0)) == 0);
}

TEST_CASE("a label where a sized symbol starts only marks that") {
    const OwnedElf elf = with_symbols({symbol("_stext", 0x10, 0, STB_GLOBAL, STT_NOTYPE),
                                       symbol("startup", 0x10, 0x20),
                                       symbol("inside", 0x18, 0, STB_LOCAL, STT_NOTYPE),
                                       symbol("data", 0x40, 8, STB_GLOBAL, STT_NOTYPE),
                                       symbol("a_marker", 0x40, 0, STB_GLOBAL, STT_NOTYPE),
                                       symbol("alone", 0x60, 0, STB_GLOBAL, STT_NOTYPE)});
    const auto table = SymbolTable::of(elf.file());
    const auto label = [&](std::uint64_t offset) {
        const auto found = table->label(FileAddress{kText + offset});
        return found ? std::string(found->name) : "";
    };
    CHECK(label(0x10) == "startup");
    CHECK(label(0x17) == "startup");
    CHECK(label(0x18) == "inside");
    CHECK(label(0x2f) == "inside");
    CHECK(label(0x40) == "data");
    CHECK(label(0x48) == "");
    CHECK(label(0x60) == "alone");
}

TEST_CASE("the label at an address, also inside of a function") {
    const OwnedElf elf = with_symbols({symbol("f", 0x10, 0x20), symbol("inside", 0x18, 0),
                                       symbol("g", 0x40, 8), symbol("beyond", 0x50, 0)});
    const auto table = SymbolTable::of(elf.file());
    const auto label = [&](std::uint64_t offset) {
        const auto found = table->label(FileAddress{kText + offset});
        return found ? std::string(found->name) : "";
    };
    CHECK(label(0x0f) == "");
    CHECK(label(0x17) == "f");
    CHECK(label(0x18) == "inside");
    CHECK(label(0x2f) == "inside");
    CHECK(label(0x44) == "g");
    CHECK(label(0xff) == "beyond");
    CHECK(at(elf, kText + 0x18) == "f");
}
