#include <doctest/doctest.h>

#include "elf/code_reference.h"
#include "elf/function_descriptors.h"
#include "elf/relocations.h"
#include "elf/symbol_table.h"
#include "support/elf_builder.h"

using namespace symline;
using namespace symline::test;
using elf::SymbolTable;

namespace {

constexpr std::uint16_t kPpc64 = 21;
constexpr std::uint32_t kAddress64 = 38;  // R_PPC64_ADDR64
constexpr std::uint64_t kText = 0x10000400, kOpd = 0x10010000;
constexpr std::uint32_t kOpdIndex = 2;

struct Descriptors {
    std::vector<std::uint64_t> code;
    std::uint64_t text = kText, opd = kOpd;
    bool in_file = true;
    std::uint16_t type = ET_EXEC, machine = kPpc64;
    ElfKind kind{true, true};
};

/// .text of 0x100 bytes (index 1), and .opd (index 2) with a descriptor for each address of code.
ElfBuilder with_descriptors(const Descriptors& want) {
    ElfBuilder builder(want.kind, want.type, want.machine);
    builder.add_code(".text", want.text, 0x100);
    ByteWriter opd = builder.writer();
    for (const std::uint64_t code : want.code) opd.u64(code).u64(0x8000).u64(0);
    SectionSpec section{
        .name = ".opd", .flags = SHF_ALLOC | SHF_WRITE, .address = want.opd, .alignment = 8};
    if (want.in_file) {
        section.bytes = opd.data();
    } else {
        section.type = SHT_NOBITS;
        section.size = opd.data().size();
    }
    builder.add(section);
    return builder;
}

SymbolSpec function(std::string name, std::uint64_t value, std::uint64_t size,
                    std::uint32_t section = kOpdIndex) {
    return {.name = std::move(name), .value = value, .size = size, .section = section};
}

Symbol named(const SymbolTable& table, std::string_view name) {
    const auto found = table.named(name);
    REQUIRE(found.size() == 1);
    return found[0];
}

std::string at(const SymbolTable& table, std::uint64_t address) {
    const auto symbol = table.at(FileAddress{address});
    return symbol ? std::string(symbol->name) : "";
}

}  // namespace

TEST_CASE("a descriptor's symbol stands for its code") {
    auto builder = with_descriptors({.code = {kText + 0x40, kText}});
    builder.add_symbol(function("first", kOpd, 0x20));
    builder.add_symbol(function("second", kOpd + 24, 0x40));
    const OwnedElf elf = builder.open();
    const auto table = SymbolTable::of(elf.file());
    REQUIRE(table);
    CHECK(at(*table, kText + 0x44) == "first");
    CHECK(at(*table, kText + 0x3f) == "second");
    CHECK(at(*table, kText + 0x60) == "");
    CHECK(at(*table, kOpd) == "");
    const Symbol first = named(*table, "first");
    CHECK(first.address.value == kText + 0x40);
    CHECK(first.value == kText + 0x40);
    CHECK(first.section == 1);
    CHECK(first.size == 0x20);
    CHECK(table->kallsyms_size(first) == 0xc0);
    CHECK(table->kallsyms_size(named(*table, "second")) == 0x40);
}

TEST_CASE("an address in a descriptor leads to its code") {
    auto builder = with_descriptors({.code = {kText + 0x40, 0, kText + 0x100, kText}});
    const OwnedElf elf = builder.open();
    const auto descriptors = elf::FunctionDescriptors::of(elf.file());
    const auto code_at = [&](std::uint64_t address) {
        const auto code = descriptors.code_at(FileAddress{address});
        return code ? code->value : 0;
    };
    for (const std::uint64_t inside : {0, 1, 8, 23}) {
        CHECK(code_at(kOpd + inside) == kText + 0x40);
        CHECK(code_at(kOpd + 24 + inside) == 0);
        CHECK(code_at(kOpd + 48 + inside) == 0);
        CHECK(code_at(kOpd + 72 + inside) == kText);
    }
    CHECK(code_at(kOpd + 96) == 0);
    CHECK(code_at(kOpd - 1) == 0);
    CHECK(code_at(kText) == 0);
}

TEST_CASE("no descriptors: another machine, or none in the file") {
    const OwnedElf none = ElfBuilder({true, true}, ET_EXEC, kPpc64).open();
    const OwnedElf debug = with_descriptors({.code = {kText}, .in_file = false}).open();
    CHECK_FALSE(elf::FunctionDescriptors::of(none.file()).code_at(FileAddress{kOpd}));
    CHECK_FALSE(elf::FunctionDescriptors::of(debug.file()).code_at(FileAddress{kOpd}));
    CHECK(elf::FunctionDescriptors::may_be_in(none.file()));
    CHECK_FALSE(elf::FunctionDescriptors::may_be_in(
        ElfBuilder({true, true}, ET_EXEC, 62 /* x86-64 */).open().file()));
}

TEST_CASE("what is no function, or leads nowhere, stays where it is") {
    auto builder = with_descriptors({.code = {kText, 0, 0x10018000, kText + 0x100, kText + 0x20}});
    builder.add_symbol({.name = "__start_opd", .value = kOpd, .section = 2, .type = STT_NOTYPE});
    builder.add_symbol(
        {.name = "table", .value = kOpd, .size = 24, .section = 2, .type = STT_OBJECT});
    builder.add_symbol(function("empty", kOpd + 24, 8));
    builder.add_symbol(function("data", kOpd + 48, 8));
    builder.add_symbol(function("beyond_text", kOpd + 72, 8));
    builder.add_symbol(function("last", kOpd + 96, 8));
    builder.add_symbol(function("cut_off", kOpd + 113, 8));
    builder.add_symbol(function("after", kOpd + 120, 8));
    builder.add_symbol(function("before", kOpd - 24, 8));
    builder.add_symbol(function("elsewhere", kOpd, 8, 0));
    const OwnedElf elf = builder.open();
    const auto table = SymbolTable::of(elf.file());
    REQUIRE(table);
    CHECK(named(*table, "__start_opd").address.value == kOpd);
    CHECK(named(*table, "table").address.value == kOpd);
    CHECK(named(*table, "empty").address.value == kOpd + 24);
    CHECK(named(*table, "data").address.value == kOpd + 48);
    CHECK(named(*table, "beyond_text").address.value == kOpd + 72);
    CHECK(named(*table, "last").address.value == kText + 0x20);
    CHECK(named(*table, "cut_off").address.value == kOpd + 113);
    CHECK(named(*table, "after").address.value == kOpd + 120);
    CHECK(named(*table, "before").address.value == kOpd - 24);
    CHECK(named(*table, "elsewhere").address.value == kOpd);
}

TEST_CASE("old compilers' symbols of descriptors have the size of their dot symbol") {
    auto builder = with_descriptors({.code = {kText, kText + 0x40}});
    builder.add_symbol(function("old", kOpd, 24));
    builder.add_symbol(function(".old", kText, 0x30, 1));
    builder.add_symbol(function("six_instructions", kOpd + 24, 24));
    const OwnedElf elf = builder.open();
    const auto table = SymbolTable::of(elf.file());
    REQUIRE(table);
    CHECK(named(*table, "old").size == 0x30);
    CHECK(named(*table, ".old").size == 0x30);
    CHECK(named(*table, "six_instructions").size == 24);
    CHECK(at(*table, kText + 0x2f) != "");
}

TEST_CASE("a relocatable file has the address of code in a relocation") {
    auto builder = with_descriptors({.code = {0, 0, 0}, .text = 0, .opd = 0, .type = ET_REL});
    const auto init = builder.add_code(".init.text", 0, 0x20);
    const auto text = builder.add_symbol({.name = "", .section = 1, .type = STT_SECTION});
    const auto other = builder.add_symbol({.name = "", .section = init, .type = STT_SECTION});
    builder.add_symbol(function("f", 0, 0x20));
    builder.add_symbol(function("start", 24, 0x10));
    builder.add_symbol(function("unrelocated", 48, 0x10));
    builder.add_relocations(kOpdIndex, {{0, kAddress64, text, 0x60}, {24, kAddress64, other, 8}});
    const OwnedElf elf = builder.open();
    const auto table = SymbolTable::of(elf.file());
    REQUIRE(table);
    const auto text_at = elf.file().section(".text")->address.value;
    const auto init_at = elf.file().section(".init.text")->address.value;
    CHECK(named(*table, "f").address.value == text_at + 0x60);
    CHECK(named(*table, "f").value == 0x60);
    CHECK(named(*table, "f").section == 1);
    CHECK(named(*table, "start").address.value == init_at + 8);
    CHECK(named(*table, "start").section == init);
    CHECK(at(*table, init_at + 9) == "start");
    CHECK(named(*table, "unrelocated").section == kOpdIndex);
    // S of a relocation is what the linker takes: the descriptor.
    const auto relocator = elf::Relocator::of(elf.file());
    REQUIRE(relocator);
    CHECK((*relocator)->symbol(3) == elf.file().section(".opd")->address.value);
}

TEST_CASE("a call of a relocatable file leads to the code of the descriptor that it names") {
    constexpr std::uint32_t kCall = 10;  // R_PPC64_REL24
    auto builder = with_descriptors({.code = {0, 0}, .text = 0, .opd = 0, .type = ET_REL});
    const auto text = builder.add_symbol({.name = "", .section = 1, .type = STT_SECTION});
    const auto opd = builder.add_symbol({.name = "", .section = kOpdIndex, .type = STT_SECTION});
    const auto called = builder.add_symbol(function("f", 24, 0x20));
    builder.add_relocations(kOpdIndex, {{0, kAddress64, text, 0x60}, {24, kAddress64, text, 0x80}});
    builder.add_relocations(1, {{0, kCall, opd, 0}, {4, kCall, called, 0}, {8, kCall, opd, 8}});
    const OwnedElf elf = builder.open();
    const auto table = SymbolTable::of(elf.file());
    REQUIRE(table);
    const auto text_at = elf.file().section(".text")->address.value;
    const auto target = [&](std::uint64_t offset) {
        const auto found =
            elf::code_reference(elf.file(), *table, FileAddress{text_at + offset}, 0);
        REQUIRE(found);
        REQUIRE(found->address);
        return found->address->value;
    };
    CHECK(target(0) == text_at + 0x60);
    CHECK(target(4) == text_at + 0x80);
    // Into the middle of a descriptor, which holds no address of code.
    CHECK(target(8) == elf.file().section(".opd")->address.value + 8);
}

TEST_CASE("the symbols of a debug file use the descriptors of the code's file, prelinked or not") {
    for (const std::uint64_t moved : {std::uint64_t{0}, std::uint64_t{0x4200000000}}) {
        auto code = with_descriptors({.code = {kText + moved + 0x40},
                                      .text = kText + moved,
                                      .opd = kOpd + moved,
                                      .type = ET_DYN});
        const OwnedElf code_elf = code.open();
        auto debug = with_descriptors({.code = {0}, .in_file = false, .type = ET_DYN});
        debug.add_symbol(function("f", kOpd, 0x20));
        const OwnedElf elf = debug.open();
        const auto alone = SymbolTable::of(elf.file());
        REQUIRE(alone);
        CHECK(named(*alone, "f").address.value == kOpd);
        const auto table = SymbolTable::of(elf.file(), code_elf.file());
        REQUIRE(table);
        CHECK(named(*table, "f").address.value == kText + 0x40);
        CHECK(at(*table, kText + 0x5f) == "f");
    }
}

TEST_CASE("little-endian descriptors, and those of other machines") {
    for (const std::uint16_t machine : {kPpc64, std::uint16_t{EM_X86_64}}) {
        auto builder =
            with_descriptors({.code = {kText + 0x40}, .machine = machine, .kind = {true, false}});
        builder.add_symbol(function("f", kOpd, 0x20));
        const OwnedElf elf = builder.open();
        const auto table = SymbolTable::of(elf.file());
        REQUIRE(table);
        CHECK(named(*table, "f").address.value == (machine == kPpc64 ? kText + 0x40 : kOpd));
    }
    auto narrow = with_descriptors({.code = {kText}, .kind = {false, true}});
    narrow.add_symbol(function("f", kOpd, 0x20));
    const OwnedElf elf = narrow.open();
    const auto table = SymbolTable::of(elf.file());
    REQUIRE(table);
    CHECK(named(*table, "f").address.value == kOpd);
}
