#include "find/kernel_payload.h"

#include <doctest/doctest.h>

#include <string_view>

#include "support/kernel_images.h"

using namespace symline;
using namespace symline::test;
using namespace std::string_view_literals;

namespace {

struct Packer {
    std::string_view name;
    const char* command;
};
constexpr Packer kPackers[] = {{"gzip", "gzip -9 -n"}, {"xz", "xz --check=crc32 --lzma2=dict=1MiB"},
                               {"zstd", "zstd -q"},    {"lz4", "lz4 -q -l"},
                               {"lz4", "lz4 -q"},      {"lzma", "xz --format=lzma"},
                               {"bzip2", "bzip2"}};

ByteVector bytes_of(std::string_view text) {
    return ByteWriter().text_only(text).data();
}

}  // namespace

TEST_CASE("what each method packed, between other bytes") {
    const auto kernel = raw_kernel();
    for (const Packer& packer : kPackers) {
        CAPTURE(std::string(packer.command));
        const auto stream = packed(kernel, packer.command);
        if (stream.empty()) continue;
        CHECK(find::packing_method(stream) == packer.name);
        ByteVector file(1000, 0x90);
        append(file, stream);
        append(file, ByteWriter().u32(kernel.size()).data());
        const auto found = find::packed_streams(file);
        REQUIRE(found.size() == 1);
        CHECK(found[0] == 1000);
        const auto unpacked = find::unpack_stream(base::Bytes(file).subspan(1000));
        REQUIRE(unpacked);
        CHECK(std::ranges::equal(unpacked->bytes(), kernel));
    }
}

TEST_CASE("damaged and cut streams of each method") {
    const auto kernel = raw_kernel();
    for (const Packer& packer : kPackers) {
        CAPTURE(std::string(packer.command));
        const auto stream = packed(kernel, packer.command);
        for (std::size_t size = 0; size < stream.size(); size += 7) {
            const auto cut = find::unpack_stream({stream.data(), size});
            if (cut) CHECK(cut->size() <= kernel.size());
        }
        for (std::size_t at = 0; at < stream.size(); at += 3) {
            auto damaged = stream;
            damaged[at] ^= 0x55;
            (void)find::unpack_stream(damaged, 1 << 20);
        }
    }
}

TEST_CASE("more than the limit is unpacked of no method") {
    const ByteVector zeros(1 << 20);
    for (const Packer& packer : kPackers) {
        CAPTURE(std::string(packer.command));
        const auto stream = packed(zeros, packer.command);
        if (stream.empty()) continue;
        const auto unpacked = find::unpack_stream(stream, 65536);
        REQUIRE_FALSE(unpacked);
        CHECK(unpacked.error().code == ErrorCode::unsupported);
    }
}

TEST_CASE("magic numbers that start no stream") {
    for (const auto text :
         {"\xfd\x37\x7a\x58\x5a\0XZ decompressor ran out of memory"sv,
          "\x1f\x8b\x08\xff\0\0\0\0\1\3"sv, "BZh9 is the magic number"sv,
          "\x5d\0\0\0\0\0\0\0\0\0\0\0\0\0"sv, "\x02\x21\x4c\x18\xff\xff\xff\xff"sv,
          "\x04\x22\x4d\x18\0\0"sv, "\x28\xb5\x2f\xfd\x08"sv, "\x89LZO\0\r\n\x1a\n\0\0"sv, "\x1f"sv,
          ""sv}) {
        CAPTURE(text);
        CHECK(find::packing_method(bytes_of(text)).empty());
        CHECK(find::packed_streams(bytes_of(text)).empty());
        CHECK_FALSE(find::unpack_stream(bytes_of(text)));
    }
}

TEST_CASE("lzo is known and not unpacked") {
    const auto stream = bytes_of("\x89LZO\0\r\n\x1a\n\x10\x10\x20\x30"sv);
    CHECK(find::packing_method(stream) == "lzo");
    const auto unpacked = find::unpack_stream(stream);
    REQUIRE_FALSE(unpacked);
    CHECK(unpacked.error().code == ErrorCode::unsupported);
    CHECK(unpacked.error().message == "decompression of lzo is not supported");
}

TEST_CASE("a limited number of streams is tried") {
    ByteVector file;
    for (int i = 0; i < 1000; ++i) append(file, bytes_of("\x28\xb5\x2f\xfd\0"sv));
    CHECK(find::packed_streams(file).size() == 16);
}
