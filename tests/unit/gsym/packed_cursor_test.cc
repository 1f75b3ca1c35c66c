#include "gsym/packed_cursor.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "gsym/byte_sink.h"

using symline::gsym::ByteSink;
using symline::gsym::PackedCursor;

namespace {

constexpr std::uint64_t kNumbers[] = {0,      1,       0x7f,       0x80,      0x3fff,
                                      0x4000, 0xfffff, 1ULL << 35, UINT64_MAX};

}  // namespace

TEST_CASE("numbers of every length are read as base::Cursor reads them") {
    std::vector<std::uint8_t> bytes;
    ByteSink sink(bytes);
    for (const std::uint64_t number : kNumbers) {
        sink.uleb(number);
        sink.sleb(static_cast<std::int64_t>(number));
        sink.uleb(number);
        sink.u32(0x01020304);
    }
    PackedCursor packed(bytes);
    symline::base::Cursor plain(bytes, false);
    for (const std::uint64_t number : kNumbers) {
        CHECK(packed.uleb() == plain.uleb());
        CHECK(packed.sleb() == plain.sleb());
        packed.skip_leb();
        CHECK(plain.uleb() == number);
        CHECK(packed.u32() == plain.u32());
    }
    CHECK(packed.ok());
    CHECK(packed.at_end());
}

TEST_CASE("nothing is read beyond the end of the bytes") {
    for (const std::uint64_t number : kNumbers) {
        std::vector<std::uint8_t> bytes;
        ByteSink(bytes).uleb(number);
        bytes.pop_back();
        PackedCursor read(bytes);
        CHECK(read.uleb() == 0);
        CHECK_FALSE(read.ok());
        PackedCursor skipped(bytes);
        skipped.skip_leb();
        CHECK_FALSE(skipped.ok());
        CHECK(skipped.at_end());
    }
    PackedCursor empty{{}};
    CHECK(empty.u8() == 0);
    CHECK(empty.u32() == 0);
    CHECK(empty.sleb() == 0);
    empty.skip(1);
    CHECK_FALSE(empty.ok());
}
