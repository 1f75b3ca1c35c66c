#include "vmcore/kallsyms_table.h"

#include <doctest/doctest.h>

#include <string>

#include "vmcore/dump_image.h"

using namespace symline;
using namespace symline::test;
using vmcore::KallsymsTable;
using vmcore::Vmcoreinfo;

namespace {

constexpr std::uint64_t kBase = 0xffffffff81000000;
const std::string kInfo =
    "OSRELEASE=6.1.0\n"
    "SYMBOL(_stext)=ffffffff81000000\n"
    "SYMBOL(kallsyms_names)=1000\n"
    "SYMBOL(kallsyms_num_syms)=8\n"
    "SYMBOL(kallsyms_token_table)=20000\n"
    "SYMBOL(kallsyms_token_index)=30000\n"
    "SYMBOL(kallsyms_offsets)=40000\n"
    "SYMBOL(kallsyms_relative_base)=10\n";

struct Named {
    std::string name;  ///< with its type
    std::uint32_t offset;
};

/// A token is a character, but for number 1.
FakeMemory memory_of(const std::vector<Named>& symbols) {
    FakeMemory memory;
    ByteWriter table;
    ByteWriter index;
    for (unsigned i = 0; i < 256; ++i) {
        index.u16(table.size());
        table.string(i == 1 ? std::string("start_") : std::string(1, static_cast<char>(i)));
    }
    memory.set(0x20000, table.data());
    memory.set(0x30000, index.data());
    ByteWriter names;
    ByteWriter offsets;
    for (const Named& each : symbols) {
        if (each.name.size() < 128) {
            names.u8(each.name.size());
        } else {
            names.u8((each.name.size() & 127U) | 128U).u8(each.name.size() >> 7);
        }
        names.text_only(each.name);
        offsets.u32(each.offset);
    }
    memory.set(0x1000, ByteVector(names.data()));
    memory.set(0x1000 + names.size(), ByteVector(8192));
    memory.set(0x40000, offsets.data());
    memory.word(0x8, symbols.size(), 4);
    memory.word(0x10, kBase);
    return memory;
}

}  // namespace

TEST_CASE("kallsyms table: names, addresses, and the size up to the next symbol") {
    const std::string long_name = "T" + std::string(200, 'l');
    const auto memory = memory_of({{"T_stext", 0},
                                   {std::string("T\x01here"), 0},
                                   {"tlocal", 0x10},
                                   {"Tlocal", 0x30},
                                   {long_name, 0x40},
                                   {"D_end", 0x100}});
    const auto table = KallsymsTable::read(memory, Vmcoreinfo(kInfo));
    REQUIRE(table);
    CHECK(table->address("start_here") == kBase);
    CHECK(table->address("local") == kBase + 0x30);
    CHECK(table->address(long_name.substr(1)) == kBase + 0x40);
    CHECK_FALSE(table->address("none"));
    const auto at = table->at(kBase + 0x0f);
    REQUIRE(at);
    CHECK(at->name == "_stext");
    CHECK(at->start == kBase);
    CHECK(at->size == 0x10);
    CHECK(table->at(kBase + 0xff)->size == 0xc0);
    CHECK_FALSE(table->at(kBase - 1));
    CHECK_FALSE(table->at(kBase + 0x100));
}

TEST_CASE("kallsyms table: variables of each CPU have addresses of their own") {
    const auto memory =
        memory_of({{"Acurrent_task", 0x1fac0}, {"T_stext", 0xffffffff}, {"tnext", 0xfffffff0}});
    const auto table = KallsymsTable::read(memory, Vmcoreinfo(kInfo));
    REQUIRE(table);
    CHECK(table->address("current_task") == 0x1fac0U);
    CHECK(table->address("_stext") == kBase);
    CHECK(table->at(kBase)->size == 15);
}

TEST_CASE("kallsyms table: distances from where they stand, in kernels without a base") {
    constexpr std::uint64_t kOffsets = 0x40000;
    const auto distance = [](unsigned index, std::uint64_t offset) {
        return static_cast<std::uint32_t>(kBase + offset - (kOffsets + std::uint64_t{4} * index));
    };
    const auto memory = memory_of(
        {{"T_stext", distance(0, 0)}, {"tnext", distance(1, 0x20)}, {"D_end", distance(2, 0x60)}});
    const auto info = kInfo.substr(0, kInfo.find("SYMBOL(kallsyms_relative_base)"));
    const auto table = KallsymsTable::read(memory, Vmcoreinfo(info));
    REQUIRE(table);
    CHECK(table->address("_stext") == kBase);
    CHECK(table->at(kBase + 0x21)->name == "next");
    CHECK(table->at(kBase + 0x21)->size == 0x40);
    CHECK_FALSE(KallsymsTable::read(memory_of({{"T_stext", 0}}), Vmcoreinfo(info)));
}

TEST_CASE("kallsyms table: what is damaged or not there is refused with the reason") {
    const std::vector<Named> symbols{{"T_stext", 0}, {"Tnext", 16}};
    CHECK(KallsymsTable::read(memory_of(symbols), Vmcoreinfo(kInfo)));
    const auto code = [](const FakeMemory& memory, const Vmcoreinfo& info) {
        const auto table = KallsymsTable::read(memory, info);
        REQUIRE_FALSE(table);
        return table.error().code;
    };
    CHECK(code(memory_of(symbols), Vmcoreinfo("OSRELEASE=5.10.0\n")) == ErrorCode::not_found);
    CHECK(code(FakeMemory(), Vmcoreinfo(kInfo)) == ErrorCode::unreadable);
    // More than are there, or could be.
    for (const std::uint64_t count : {3U, 1000U, 0x7fffffffU, 0xffffffffU}) {
        auto memory = memory_of(symbols);
        memory.word(0x8, count, 4);
        CHECK(code(memory, Vmcoreinfo(kInfo)) == ErrorCode::malformed);
    }
    // _stext is elsewhere.
    CHECK(code(memory_of({{"T_stext", 8}, {"Tnext", 16}}), Vmcoreinfo(kInfo)) ==
          ErrorCode::malformed);
    // A name that is all of the memory.
    auto memory = memory_of(symbols);
    memory.set(0x1000, ByteVector(2, 0xff));
    CHECK(code(memory, Vmcoreinfo(kInfo)) == ErrorCode::malformed);
}
