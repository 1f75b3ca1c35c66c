#include "elf/symbol_table.h"

#include <doctest/doctest.h>

#include "support/elf_builder.h"
#include "support/files.h"

using namespace symline;
using namespace symline::test;
using elf::SymbolTable;

namespace {

constexpr std::uint64_t kText = 0x401000;

/// A file with one code section of 0x100 bytes (index 1) and these symbols.
OwnedElf with_symbols(const std::vector<SymbolSpec>& symbols, ElfKind kind = {},
                      std::uint16_t machine = EM_X86_64) {
    ElfBuilder builder(kind, ET_EXEC, machine);
    builder.add_code(".text", kText, 0x100);
    for (const SymbolSpec& symbol : symbols) builder.add_symbol(symbol);
    return builder.open();
}

std::string at(const OwnedElf& elf, std::uint64_t address) {
    const auto table = SymbolTable::of(elf.file());
    REQUIRE(table);
    const auto symbol = table->at(FileAddress{address});
    return symbol ? std::string(symbol->name) : "";
}

}  // namespace

TEST_CASE("an entry of every class and byte order") {
    for (const ElfKind kind : kAllKinds) {
        const OwnedElf elf = with_symbols({{.name = "f",
                                            .value = kText + 4,
                                            .size = 7,
                                            .section = 1,
                                            .binding = STB_WEAK,
                                            .type = STT_FUNC}},
                                          kind);
        const auto table = SymbolTable::of(elf.file());
        REQUIRE(table);
        CHECK(table->size() == 2);
        CHECK(table->full());
        CHECK_FALSE(table->empty());
        const Symbol symbol = table->symbol(1);
        CHECK(symbol.name == "f");
        CHECK(symbol.address.value == kText + 4);
        CHECK(symbol.value == kText + 4);
        CHECK(symbol.size == 7);
        CHECK(symbol.section == 1);
        CHECK(symbol.binding == SymbolBinding::weak);
        CHECK(symbol.type == SymbolType::function);
        CHECK(symbol.index == 1);
    }
}

TEST_CASE("bindings and types") {
    const std::pair<std::uint8_t, SymbolBinding> bindings[] = {
        {STB_LOCAL, SymbolBinding::local},
        {STB_GLOBAL, SymbolBinding::global},
        {STB_WEAK, SymbolBinding::weak},
        {STB_GNU_UNIQUE, SymbolBinding::unique},
        {13, SymbolBinding::other}};
    const std::pair<std::uint8_t, SymbolType> types[] = {
        {STT_NOTYPE, SymbolType::none},   {STT_OBJECT, SymbolType::object},
        {STT_FUNC, SymbolType::function}, {STT_SECTION, SymbolType::section},
        {STT_FILE, SymbolType::file},     {STT_COMMON, SymbolType::common},
        {STT_TLS, SymbolType::tls},       {STT_GNU_IFUNC, SymbolType::ifunc},
        {13, SymbolType::other}};
    for (const auto& [raw, binding] : bindings) {
        const OwnedElf elf = with_symbols({{.name = "f", .section = 1, .binding = raw}});
        CHECK(SymbolTable::of(elf.file())->symbol(1).binding == binding);
    }
    for (const auto& [raw, type] : types) {
        const OwnedElf elf = with_symbols({{.name = "f", .section = 1, .type = raw}});
        CHECK(SymbolTable::of(elf.file())->symbol(1).type == type);
    }
}

TEST_CASE("absolute, common and undefined symbols are in no section") {
    const OwnedElf elf =
        with_symbols({{.name = "a", .value = 77, .section = SHN_ABS, .reserved = true},
                      {.name = "c", .section = SHN_COMMON, .reserved = true},
                      {.name = "u", .section = 0},
                      {.name = "beyond", .section = 999}});
    const auto table = SymbolTable::of(elf.file());
    for (const char* name : {"a", "c", "u", "beyond"})
        CHECK_FALSE(table->named(name).at(0).section);
    CHECK(table->named("a")[0].address.value == 77);
    CHECK(at(elf, 77).empty());
}

TEST_CASE("in a relocatable file a value is an offset, an address is in the flat space") {
    ElfBuilder builder({}, ET_REL);
    builder.add_code(".text", 0, 0x20);
    const auto section = builder.add_code(".init.text", 0, 0x20);
    builder.add_symbol({.name = "f", .value = 4, .size = 8, .section = section});
    const OwnedElf elf = builder.open();
    const Symbol symbol = SymbolTable::of(elf.file())->named("f").at(0);
    CHECK(symbol.value == 4);
    CHECK(symbol.address.value == elf.file().section(".init.text")->address.value + 4);
}

TEST_CASE("every symbol of a name, of any type, in the order of the table") {
    const OwnedElf elf = with_symbols({
        {.name = "dup", .value = kText + 0x30, .section = 1, .binding = STB_LOCAL},
        {.name = "other", .value = kText, .section = 1},
        {.name = "dup", .value = kText + 0x10, .section = 1, .type = STT_OBJECT},
        {.name = "dup2", .value = kText, .section = 1},
        {.name = "dup", .value = 3, .section = SHN_ABS, .type = STT_NOTYPE, .reserved = true},
    });
    const auto table = SymbolTable::of(elf.file());
    const auto found = table->named("dup");
    REQUIRE(found.size() == 3);
    CHECK(found[0].index == 1);
    CHECK(found[1].index == 3);
    CHECK(found[2].index == 5);
    for (const char* name : {"", "du", "up", "dup3", "DUP", "dup*"}) {
        CAPTURE(name);
        CHECK(table->named(name).empty());
    }
}

TEST_CASE("a name may be the end of another name in the string table") {
    ElfBuilder builder;
    builder.add_code(".text", kText, 0x100);
    ByteWriter strings, entries;
    strings.u8(0).string("do_sys_open").string("sys_open").string("open");
    const auto entry = [&](std::uint64_t name, std::uint64_t value) {
        entries.u32(name).u8(0x12).u8(0).u16(1).u64(value).u64(4);
    };
    entries.zeros(24);
    entry(1, kText);           // do_sys_open
    entry(1 + 3, kText + 4);   // sys_open, shared
    entry(13, kText + 8);      // sys_open, its own
    entry(1 + 7, kText + 12);  // open, shared
    entry(22, kText + 16);     // open, its own
    const auto table =
        builder.add({.name = ".symtab", .type = SHT_SYMTAB, .bytes = entries.data(), .link = 3});
    REQUIRE(table == 2);
    builder.add({.name = ".strtab", .type = SHT_STRTAB, .bytes = strings.data()});
    const OwnedElf elf = builder.open();
    const auto symbols = SymbolTable::of(elf.file());
    REQUIRE(symbols);
    CHECK(symbols->named("do_sys_open").size() == 1);
    REQUIRE(symbols->named("sys_open").size() == 2);
    CHECK(symbols->named("sys_open")[0].index == 2);
    CHECK(symbols->named("sys_open")[1].index == 3);
    REQUIRE(symbols->named("open").size() == 2);
    CHECK(symbols->named("open")[1].address.value == kText + 16);
}

TEST_CASE(".dynsym where there is no .symtab; nothing at all where there is neither") {
    ElfBuilder builder;
    builder.add_code(".text", kText, 0x100);
    builder.symbols_in(".dynsym");
    builder.add_symbol({.name = "f", .value = kText, .size = 4, .section = 1});
    const OwnedElf elf = builder.open();
    const auto table = SymbolTable::of(elf.file());
    REQUIRE(table);
    CHECK_FALSE(table->full());
    CHECK(table->named("f").size() == 1);
    const OwnedElf bare = ElfBuilder().open();
    const auto none = SymbolTable::of(bare.file());
    REQUIRE(none);
    CHECK(none->empty());
    CHECK_FALSE(none->at(FileAddress{0}));
    CHECK(none->named("f").empty());
    const auto both = elf::ElfFile::open(fixture("c-gcc-dwarf5"));
    CHECK(SymbolTable::of(*both)->full());
}

TEST_CASE("a symbol table that cannot be read is an error") {
    ElfBuilder beyond;
    beyond.add({.name = ".symtab", .type = SHT_SYMTAB, .size = 1 << 20, .link = 1});
    const OwnedElf first = beyond.open();
    CHECK(SymbolTable::of(first.file()).error().code == ErrorCode::truncated);
    ElfBuilder strings;
    strings.add({.name = ".symtab", .type = SHT_SYMTAB, .bytes = ByteVector(48), .link = 99});
    const OwnedElf second = strings.open();
    CHECK(SymbolTable::of(second.file()).error().code == ErrorCode::malformed);
}

TEST_CASE("Thumb functions: the lowest bit of the value is no part of the address") {
    const std::vector<SymbolSpec> symbols = {
        {.name = "f", .value = kText + 1, .size = 8, .section = 1},
        {.name = "g", .value = kText + 0x11, .size = 8, .section = 1},
        {.name = "data", .value = kText + 0x41, .size = 1, .section = 1, .type = STT_OBJECT}};
    const OwnedElf arm = with_symbols(symbols, {false, false}, EM_ARM);
    const auto table = SymbolTable::of(arm.file());
    CHECK(table->named("f")[0].address.value == kText);
    CHECK(table->named("f")[0].value == kText + 1);
    CHECK(table->named("data")[0].address.value == kText + 0x41);
    CHECK(at(arm, kText + 7) == "f");
    CHECK(at(arm, kText + 8).empty());
    CHECK(table->kallsyms_size(table->named("f")[0]) == 0x10);
    CHECK(at(with_symbols(symbols), kText).empty());
}
