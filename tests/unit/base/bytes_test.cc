#include "base/bytes.h"

#include <doctest/doctest.h>

#include "support/byte_writer.h"

using namespace symline::base;
using symline::test::ByteVector;
using symline::test::ByteWriter;

TEST_CASE("fixed-size integers in both byte orders") {
    const ByteVector bytes{1, 2, 3, 4, 5, 6, 7, 8};
    CHECK(Cursor(bytes, false).u16() == 0x0201);
    CHECK(Cursor(bytes, true).u16() == 0x0102);
    CHECK(Cursor(bytes, false).u24() == 0x030201);
    CHECK(Cursor(bytes, true).u24() == 0x010203);
    CHECK(Cursor(bytes, false).u32() == 0x04030201);
    CHECK(Cursor(bytes, true).u32() == 0x01020304);
    CHECK(Cursor(bytes, false).u64() == 0x0807060504030201);
    CHECK(Cursor(bytes, true).u64() == 0x0102030405060708);
    for (const unsigned size : {1U, 2U, 4U, 8U}) {
        Cursor cursor(bytes, true);
        CHECK(cursor.word(size) == 0x0102030405060708U >> (64 - 8 * size));
        CHECK(cursor.offset() == size);
    }
    Cursor odd(bytes, false);
    odd.word(3);
    CHECK_FALSE(odd.ok());
}

TEST_CASE("LEB128 round trips") {
    for (const std::uint64_t value : {0ULL, 1ULL, 127ULL, 128ULL, 0x3fffULL, 1ULL << 32, ~0ULL}) {
        ByteWriter out;
        out.uleb(value);
        Cursor cursor(out.data(), false), skipping(out.data(), false);
        CHECK(cursor.uleb() == value);
        skipping.skip_leb();
        CHECK(cursor.at_end());
        CHECK(skipping.at_end());
    }
    for (const std::int64_t value :
         {0LL, 1LL, -1LL, 63LL, 64LL, -64LL, -65LL, 1LL << 40, static_cast<long long>(INT64_MIN)}) {
        ByteWriter out;
        out.sleb(value);
        Cursor cursor(out.data(), false);
        CHECK(cursor.sleb() == value);
        CHECK(cursor.at_end());
    }
}

TEST_CASE("LEB128 longer than 64 bits drops the bits beyond, one without an end fails") {
    ByteVector padded(12, 0x80);
    padded[0] = 0x85;
    padded.push_back(0);
    CHECK(Cursor(padded, false).uleb() == 5);
    const ByteVector endless(5, 0xff);
    for (auto read : {+[](Cursor& c) { c.uleb(); }, +[](Cursor& c) { c.sleb(); },
                      +[](Cursor& c) { c.skip_leb(); }}) {
        Cursor cursor(endless, false);
        read(cursor);
        CHECK_FALSE(cursor.ok());
        CHECK(cursor.at_end());
    }
}

TEST_CASE("a read beyond the end gives 0 and fails from then on") {
    const ByteVector bytes{1, 2, 3};
    Cursor cursor(bytes, false);
    CHECK(cursor.u32() == 0);
    CHECK_FALSE(cursor.ok());
    CHECK(cursor.u8() == 0);
    Cursor skipping(bytes, false);
    skipping.skip(~std::uint64_t{0});
    CHECK_FALSE(skipping.ok());
    Cursor seeking(bytes, false, 4);
    CHECK_FALSE(seeking.ok());
    Cursor at_end(bytes, false, 3);
    CHECK(at_end.ok());
    CHECK(at_end.at_end());
    Cursor limited(bytes, false, 1);
    limited.limit(2);
    CHECK(limited.remaining() == 1);
    limited.limit(100);
    CHECK(limited.remaining() == 1);
    limited.limit(0);
    CHECK_FALSE(limited.ok());
}

TEST_CASE("strings end at a NUL inside of the bytes, or are none") {
    const ByteVector bytes{'a', 'b', 0, 'c'};
    CHECK(string_at(bytes, 0) == "ab");
    CHECK(string_at(bytes, 1) == "b");
    CHECK(string_at(bytes, 2).empty());
    CHECK(string_at(bytes, 3).empty());
    CHECK(string_at(bytes, 4).empty());
    CHECK(string_at(bytes, ~std::uint64_t{0}).empty());
    Cursor cursor(bytes, false);
    CHECK(cursor.string() == "ab");
    CHECK(cursor.offset() == 3);
    CHECK(cursor.string().empty());
    CHECK_FALSE(cursor.ok());
    CHECK(tail(bytes, 3).size() == 1);
    CHECK(tail(bytes, 5).empty());
}
