#include "process/unwind/exidx_table.h"

#include <doctest/doctest.h>

#include "process/core_builder.h"

using namespace symline;
using namespace symline::process;
using symline::test::ByteVector;
using symline::test::ByteWriter;
using symline::test::PieceMemory;
using Kind = ExidxOperation::Kind;
using Meaning = ExidxEntry::Meaning;
using Operations = std::vector<ExidxOperation>;

namespace {

constexpr std::uint64_t kTable = 0x20000;
constexpr std::uint64_t kExtab = 0x30000;
constexpr std::uint64_t kFunction = 0x10000;

/// prel31
std::uint32_t place(std::uint64_t from, std::uint64_t to) {
    return static_cast<std::uint32_t>(to - from) & 0x7fffffff;
}

/// The meaning of one entry's second word, with words of .ARM.extab.
ExidxEntry meaning_of(std::uint32_t content, const std::vector<std::uint32_t>& extab = {}) {
    PieceMemory memory;
    memory.put(kTable, ByteWriter().u32(place(kTable, kFunction)).u32(content).data());
    ByteWriter words;
    for (const auto each : extab) words.u32(each);
    memory.put(kExtab, words.data());
    return read_exidx_entry(memory, false, {kTable, 8}, kFunction + 4);
}

/// Three opcodes.
ExidxEntry inline_entry(std::uint32_t opcodes) {
    return meaning_of(0x80000000 | opcodes);
}

}  // namespace

TEST_CASE("the entry that begins at or before an address holds") {
    ByteWriter table;
    std::uint64_t at = kTable;
    for (std::uint64_t i = 0; i < 5; ++i, at += 8) {
        table.u32(place(at, kFunction + 0x100 * i)).u32(i == 4 ? 1 : 0x80b0b0b0 | i << 16);
    }
    PieceMemory memory;
    memory.put(kTable, table.data());
    const ExidxTable where{kTable, 40};
    CHECK(read_exidx_entry(memory, false, where, kFunction - 1).meaning == Meaning::none);
    for (const std::uint64_t pc : {kFunction + 0x200, kFunction + 0x2ff}) {
        CHECK(read_exidx_entry(memory, false, where, pc).function == kFunction + 0x200);
    }
    CHECK(read_exidx_entry(memory, false, where, kFunction + 0x4000).meaning == Meaning::refused);
    // A size that the memory does not have, and none at all.
    CHECK(read_exidx_entry(memory, false, {kTable, 0xfffffff8}, kFunction).meaning ==
          Meaning::none);
    CHECK(read_exidx_entry(memory, false, {kTable, 7}, kFunction).meaning == Meaning::none);
}

TEST_CASE("each opcode of table 4") {
    const auto operations = [](std::uint32_t opcodes) { return inline_entry(opcodes).operations; };
    const auto one = [](Kind kind, std::int64_t value) { return Operations{{kind, value}}; };
    CHECK(operations(0x00b0b0) == one(Kind::move, 4));
    CHECK(operations(0x3fb0b0) == one(Kind::move, 0x100));
    CHECK(operations(0x40b0b0) == one(Kind::move, -4));
    CHECK(operations(0x8401b0) == one(Kind::pop, 0x4010));
    CHECK(operations(0x88ffb0) == one(Kind::pop, 0x8ff0));
    CHECK(operations(0x97b0b0) == one(Kind::from, 7));
    CHECK(operations(0xa0b0b0) == one(Kind::pop, 0x10));
    CHECK(operations(0xa7b0b0) == one(Kind::pop, 0xff0));
    CHECK(operations(0xaab0b0) == one(Kind::pop, 0x4070));
    CHECK(operations(0xb10fb0) == one(Kind::pop, 0xf));
    CHECK(operations(0xb281b0) == Operations{});  // uleb128 cut short
    CHECK(operations(0xb201b0) == one(Kind::move, 0x208));
    CHECK(operations(0xb28101) == one(Kind::move, 0x204 + 0x81 * 4));
    CHECK(operations(0xb382b0) == one(Kind::skip, 28));
    CHECK(operations(0xb4b0b0) == one(Kind::skip, 4));
    CHECK(operations(0xb5b0b0) == one(Kind::skip, 0));
    CHECK(operations(0xb9b0b0) == one(Kind::skip, 20));
    CHECK(operations(0xc1b0b0) == one(Kind::skip, 16));
    CHECK(operations(0xc603b0) == one(Kind::skip, 32));
    CHECK(operations(0xc705b0) == one(Kind::skip, 8));
    CHECK(operations(0xc801b0) == one(Kind::skip, 16));
    CHECK(operations(0xc987b0) == one(Kind::skip, 64));
    CHECK(operations(0xd1b0b0) == one(Kind::skip, 16));
    CHECK(operations(0x0001b0) == Operations{{Kind::move, 4}, {Kind::move, 8}});
    // The end of the word ends the opcodes as well.
    CHECK(operations(0x000102).size() == 3);
}

TEST_CASE("reserved opcodes and the refusal to unwind") {
    for (const std::uint32_t opcodes :
         {0x8000b0, 0x9db0b0, 0x9fb0b0, 0xb100b0, 0xb110b0, 0xb6b0b0, 0xc700b0, 0xc710b0, 0xcab0b0,
          0xd8b0b0, 0xe0b0b0, 0xffb0b0, 0xb28080, 0xb0b080}) {
        CAPTURE(opcodes);
        const bool ends_before = opcodes == 0xb0b080;
        CHECK(inline_entry(opcodes).meaning ==
              (ends_before ? Meaning::unwound : Meaning::unreadable));
    }
    CHECK(meaning_of(1).meaning == Meaning::refused);
    CHECK(meaning_of(0x81b0b0b0).meaning == Meaning::unreadable);
}

TEST_CASE("the forms of .ARM.extab") {
    const auto content = place(kTable + 4, kExtab);
    const auto operations = [&](const std::vector<std::uint32_t>& words) {
        return meaning_of(content, words).operations;
    };
    const Operations three{{Kind::move, 4}, {Kind::move, 8}, {Kind::move, 12}};
    CHECK(operations({0x80000102}) == three);
    // Personality routine 1: a count of words, and two opcodes before them.
    CHECK(operations({0x81010001, 0x02b0b0b0}) == three);
    CHECK(operations({0x82010001, 0x02b0b0b0}) == three);
    // One of a language: its address, then the count and three opcodes.
    CHECK(operations({0x00001234, 0x00000102}) == three);
    CHECK(operations({0x00001234, 0x0100b201, 0x02b0b0b0}) ==
          Operations{{Kind::move, 4}, {Kind::move, 0x208}, {Kind::move, 12}});
    CHECK(meaning_of(content, {0x83b0b0b0}).meaning == Meaning::unreadable);
    // Words that are not there.
    CHECK(meaning_of(content, {0x81020001, 0x02b0b0b0}).meaning == Meaning::unreadable);
    CHECK(meaning_of(content, {0x00001234}).meaning == Meaning::unreadable);
    CHECK(meaning_of(content, {}).meaning == Meaning::unreadable);
}
