#include "process/unwind/code_before.h"

#include <doctest/doctest.h>

#include "process/core_builder.h"

using namespace symline::process;
using symline::test::ByteWriter;
using symline::test::PieceMemory;

TEST_CASE("as much code as there is before an address") {
    PieceMemory memory;
    memory.put(0x20000, ByteWriter().u32(1).u32(2).zeros(300).u32(3).u32(4).data());
    const std::uint64_t last = 0x20000 + 316;
    const CodeBefore code(memory, last - 4);
    CHECK(code.begin() == 0x20000);
    const auto word = [&](std::uint64_t at) { return read_word(code, {4, false}, at); };
    CHECK(word(0x20000) == 1);
    CHECK(word(last - 8) == 3);
    // One instruction more, and no other.
    CHECK(word(last - 4) == 4);
    CHECK_FALSE(word(last - 2));
    CHECK_FALSE(word(0x1fffe));
    const CodeBefore first(memory, 0x20000);
    CHECK(first.begin() == 0x20000);
    const CodeBefore nothing(memory, 0);
    CHECK_FALSE(read_word(nothing, {4, false}, 0));
}

TEST_CASE("the way back is bounded") {
    PieceMemory memory;
    memory.put(0x20000, std::vector<std::uint8_t>(3 * CodeBefore::kMaxSize));
    const std::uint64_t end = 0x20000 + 2 * CodeBefore::kMaxSize;
    CHECK(CodeBefore(memory, end).begin() == end - CodeBefore::kMaxSize);
}
