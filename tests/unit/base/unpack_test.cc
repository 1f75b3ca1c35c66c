#include "base/unpack.h"

#include <doctest/doctest.h>
#include <libdeflate.h>
#include <lzma.h>
#include <zstd.h>

#include <algorithm>

#include "base/mapped_file.h"
#include "elf/elf_file.h"
#include "support/files.h"

using namespace symline;
using namespace symline::test;

namespace {

ByteVector gzip(const ByteVector& plain) {
    libdeflate_compressor* state = libdeflate_alloc_compressor(6);
    ByteVector out(libdeflate_gzip_compress_bound(state, plain.size()));
    out.resize(libdeflate_gzip_compress(state, plain.data(), plain.size(), out.data(), out.size()));
    libdeflate_free_compressor(state);
    return out;
}

ByteVector xz(const ByteVector& plain) {
    ByteVector out(lzma_stream_buffer_bound(plain.size()));
    std::size_t size = 0;
    REQUIRE(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, nullptr, plain.data(), plain.size(),
                                    out.data(), &size, out.size()) == LZMA_OK);
    out.resize(size);
    return out;
}

ByteVector zstd(const ByteVector& plain) {
    ByteVector out(ZSTD_compressBound(plain.size()));
    out.resize(ZSTD_compress(out.data(), out.size(), plain.data(), plain.size(), 1));
    return out;
}

constexpr struct {
    const char* name;
    ByteVector (*pack)(const ByteVector&);
    base::Packing packing;
} kPackings[] = {{"gzip", gzip, base::Packing::gzip},
                 {"xz", xz, base::Packing::xz},
                 {"zstd", zstd, base::Packing::zstd}};

/// Long enough for several turns of the decoders, short when packed.
ByteVector long_text() {
    ByteVector text(3'000'000);
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<std::uint8_t>(i >> 12);
    return text;
}

}  // namespace

TEST_CASE("whole files: gzip, xz and zstd by their first bytes") {
    const ByteVector plain = long_text();
    for (const auto& each : kPackings) {
        CAPTURE(each.name);
        const ByteVector packed = each.pack(plain);
        CHECK(base::packing_of(packed) == each.packing);
        const auto pages = base::unpack(packed);
        REQUIRE(pages);
        CHECK(std::ranges::equal(pages->bytes(), plain));
    }
    CHECK(base::packing_of(plain) == base::Packing::none);
    CHECK(base::packing_of({}) == base::Packing::none);
    CHECK_FALSE(base::unpack(plain));
}

TEST_CASE("what grows beyond the limit is refused, and the limit said") {
    const ByteVector plain = long_text();
    for (const auto& each : kPackings) {
        CAPTURE(each.name);
        const ByteVector packed = each.pack(plain);
        CHECK(base::unpack(packed, plain.size() + 1));
        const auto refused = base::unpack(packed, std::uint64_t{2} << 20);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == ErrorCode::unsupported);
        CHECK(refused.error().message == "larger than 2 MB when decompressed");
    }
}

TEST_CASE("cut and damaged streams") {
    const ByteVector plain = long_text();
    for (const auto& each : kPackings) {
        CAPTURE(each.name);
        const ByteVector packed = each.pack(plain);
        for (const std::size_t size : {std::size_t{6}, packed.size() / 2, packed.size() - 1}) {
            CAPTURE(size);
            const auto cut = base::unpack(base::Bytes(packed).first(size));
            REQUIRE_FALSE(cut);
            CHECK(cut.error().code == ErrorCode::malformed);
        }
        const auto nothing = base::unpack(each.pack({}));
        REQUIRE_FALSE(nothing);
    }
}

TEST_CASE("a compressed module is opened as the module that it holds") {
    const TemporaryFolder folder;
    const ByteVector module = read_whole(fixture("mini-module.ko"));
    const auto plain = elf::ElfFile::open(fixture("mini-module.ko"));
    REQUIRE(plain);
    for (const auto& each : kPackings) {
        CAPTURE(each.name);
        // By content: the name says nothing.
        const auto path = folder.write(each.name, each.pack(module));
        auto file = elf::ElfFile::open(path);
        REQUIRE(file);
        const auto moved = std::move(*file);
        CHECK(moved.path() == path);
        CHECK(std::ranges::equal(moved.image(), module));
        CHECK(moved.sections().size() == plain->sections().size());
        CHECK(moved.build_id() == plain->build_id());
    }
    const auto cut = xz(module);
    const auto bad =
        elf::ElfFile::open(folder.write("bad", ByteVector(cut.begin(), cut.end() - 9)));
    REQUIRE_FALSE(bad);
    CHECK(bad.error().file == folder.path("bad"));
    CHECK(bad.error().message == "compressed data is damaged");
}
