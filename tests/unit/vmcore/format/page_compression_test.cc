#include "vmcore/format/page_compression.h"

#include <doctest/doctest.h>
#include <zlib.h>
#include <zstd.h>

#include <random>
#include <string_view>
#include <vector>

using namespace symline::vmcore;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes of(std::string_view text) {
    return {text.begin(), text.end()};
}

Bytes page(std::size_t size = 4096) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * i / 97);
    return bytes;
}

Bytes unpacked(PageCompression how, const Bytes& packed, std::size_t size) {
    Bytes to(size);
    return decompress_page(how, packed, to) ? to : Bytes{};
}

}  // namespace

TEST_CASE("pages: zlib, zstd and none") {
    const Bytes plain = page();
    uLongf size = compressBound(plain.size());
    Bytes zlib(size);
    REQUIRE(compress2(zlib.data(), &size, plain.data(), plain.size(), 9) == Z_OK);
    zlib.resize(size);
    CHECK(unpacked(PageCompression::zlib, zlib, 4096) == plain);
    Bytes zstd(ZSTD_compressBound(plain.size()));
    zstd.resize(ZSTD_compress(zstd.data(), zstd.size(), plain.data(), plain.size(), 3));
    CHECK(unpacked(PageCompression::zstd, zstd, 4096) == plain);
    CHECK(unpacked(PageCompression::none, plain, 4096) == plain);

    CHECK(unpacked(PageCompression::zlib, zlib, 4095).empty());
    CHECK(unpacked(PageCompression::zstd, zstd, 4097).empty());
    CHECK(unpacked(PageCompression::none, plain, 4097).empty());
    zlib.resize(zlib.size() / 2);
    CHECK(unpacked(PageCompression::zlib, zlib, 4096).empty());
}

TEST_CASE("pages: LZO's literals, copies and end") {
    // 17 + 4 literals, a copy of 8 from 4 back (code 32 + 6), the end.
    Bytes packed{21};
    for (const char c : std::string_view("abcd")) packed.push_back(static_cast<std::uint8_t>(c));
    packed.insert(packed.end(), {0x26, 0x0c, 0x00, 0x11, 0x00, 0x00});
    CHECK(unpacked(PageCompression::lzo, packed, 12) == of("abcdabcdabcd"));
    CHECK(unpacked(PageCompression::lzo, packed, 13).empty());
    CHECK(unpacked(PageCompression::lzo, packed, 11).empty());
    packed.pop_back();
    CHECK(unpacked(PageCompression::lzo, packed, 12).empty());
}

TEST_CASE("pages: LZO as liblzo2 compresses") {
    // lzo1x_1_compress of '0' + i * i / 50 % 10 for 600 values of i.
    const Bytes packed{
        0,  12,  48, 48, 48, 48, 48, 48, 48, 48,  49, 49,  50, 50, 50,  51, 51,  52, 53,  53,
        54, 55,  56, 56, 57, 48, 49, 50, 51, 52,  53, 54,  96, 1,  11,  51, 52,  53, 55,  56,
        48, 50,  51, 53, 54, 56, 48, 50, 52, 40,  16, 0,   13, 55, 57,  50, 52,  54, 57,  49,
        52, 55,  57, 50, 53, 56, 48, 51, 54, 120, 0,  3,   49, 52, 56,  49, 52,  55, 136, 0,
        6,  56,  50, 53, 57, 50, 54, 48, 52, 56,  40, 16,  0,  12, 51,  55, 50,  54, 48,  53,
        57, 52,  57, 51, 56, 51, 56, 50, 55, 196, 0,  15,  56, 51, 56,  51, 57,  52, 57,  53,
        48, 54,  50, 55, 51, 56, 52, 48, 54, 50,  40, 16,  0,  4,  57,  53, 50,  56, 52,  49,
        55, 136, 0,  7,  56, 52, 49, 56, 53, 50,  57, 54,  51, 48, 120, 0,  11,  55, 52,  49,
        57, 54,  52, 50, 57, 55, 52, 50, 48, 56,  54, 40,  16, 0,  15,  53, 51,  50, 48,  56,
        55, 53,  52, 51, 49, 48, 57, 56, 54, 53,  52, 51,  50, 96, 1,   10, 56,  55, 54,  53,
        53, 52,  51, 51, 50, 50, 50, 49, 49, 232, 30, 220, 0,  32, 0,   36, 228, 3,  15,  52,
        55, 49,  52, 55, 49, 52, 56, 50, 53, 57,  50, 54,  48, 52, 56,  50, 54,  17, 0,   0};
    Bytes plain(600);
    for (std::size_t i = 0; i < plain.size(); ++i) {
        plain[i] = static_cast<std::uint8_t>('0' + i * i / 50 % 10);
    }
    CHECK(unpacked(PageCompression::lzo, packed, 600) == plain);
}

TEST_CASE("pages: Snappy's literals and copies") {
    // The length 12; 4 literals; a copy of 8 from 4 back with a 1-byte offset: ((8-4)<<2)|1.
    Bytes packed{12, 3 << 2, 'a', 'b', 'c', 'd', ((8 - 4) << 2) | 1, 4};
    CHECK(unpacked(PageCompression::snappy, packed, 12) == of("abcdabcdabcd"));
    CHECK(unpacked(PageCompression::snappy, packed, 13).empty());
    packed.back() = 5;  // from before the first byte
    CHECK(unpacked(PageCompression::snappy, packed, 12).empty());
    packed = {12, 3 << 2, 'a', 'b', 'c', 'd', ((8 - 1) << 2) | 2, 4, 0};
    CHECK(unpacked(PageCompression::snappy, packed, 12) == of("abcdabcdabcd"));
    packed = {4, 60 << 2, 3, 'a', 'b', 'c', 'd'};
    CHECK(unpacked(PageCompression::snappy, packed, 4) == of("abcd"));
}

TEST_CASE("pages: damaged data stays within its bounds") {
    std::mt19937 random(1);
    for (int round = 0; round < 20000; ++round) {
        Bytes packed(random() % 64 + 1);
        for (auto& byte : packed) byte = static_cast<std::uint8_t>(random());
        Bytes to(4096);
        if (round % 2 == 0) packed[0] = 0x80, packed.insert(packed.begin() + 1, 0x20);  // 4096
        for (const auto how : {PageCompression::lzo, PageCompression::snappy, PageCompression::zlib,
                               PageCompression::zstd}) {
            decompress_page(how, packed, to);
        }
    }
}
