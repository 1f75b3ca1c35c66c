#include "elf/compression.h"

#include <doctest/doctest.h>

#include <llvm/ADT/SmallVector.h>
#include <llvm/Support/Compression.h>
#include <algorithm>

#include "elf/elf_file.h"
#include "support/elf_builder.h"
#include "support/files.h"

using namespace symline;
using namespace symline::test;

namespace {

enum : std::uint32_t { kZlib = 1, kZstd = 2 };

ByteVector plain_text() {
    ByteVector text;
    for (int i = 0; i < 5000; ++i) text.push_back(static_cast<std::uint8_t>(i * i >> 5));
    return text;
}

ByteVector deflate(std::uint32_t method, const ByteVector& plain) {
    llvm::SmallVector<std::uint8_t, 0> out;
    const llvm::ArrayRef<std::uint8_t> in(plain.data(), plain.size());
    if (method == kZlib) llvm::compression::zlib::compress(in, out);
    if (method == kZstd) llvm::compression::zstd::compress(in, out);
    return {out.begin(), out.end()};
}

ByteVector section_of(ElfKind kind, std::uint32_t method, std::uint64_t claimed,
                      const ByteVector& data) {
    ByteWriter out(kind.big_endian);
    out.u32(method);
    if (kind.is64) out.u32(0);
    out.word(claimed, kind.is64 ? 8 : 4).word(1, kind.is64 ? 8 : 4).bytes(data);
    return out.data();
}

ByteVector old_section(std::uint64_t claimed, const ByteVector& data) {
    ByteWriter out(true);
    return out.text_only("ZLIB").u64(claimed).bytes(data).data();
}

OwnedElf file_with(ElfKind kind, const std::string& name, std::uint64_t flags, ByteVector bytes) {
    ElfBuilder builder(kind);
    builder.add({.name = name, .flags = flags, .bytes = std::move(bytes)});
    return builder.open();
}

}  // namespace

TEST_CASE("zlib and zstd sections, inflated once") {
    const ByteVector plain = plain_text();
    for (const ElfKind kind : kAllKinds) {
        for (const std::uint32_t method : {kZlib, kZstd}) {
            CAPTURE(method);
            const auto elf =
                file_with(kind, ".debug_info", SHF_COMPRESSED,
                          section_of(kind, method, plain.size(), deflate(method, plain)));
            const Section& section = *elf.file().section(".debug_info");
            const auto first = elf.file().contents(section);
            REQUIRE(first);
            CHECK(std::ranges::equal(*first, plain));
            const auto second = elf.file().contents(section);
            CHECK(second->data() == first->data());
        }
    }
}

TEST_CASE("a .zdebug section, inflated once") {
    const ByteVector plain = plain_text();
    const auto elf =
        file_with({}, ".zdebug_info", 0, old_section(plain.size(), deflate(kZlib, plain)));
    const Section& section = *elf.file().debug_section(".debug_info");
    const auto first = elf.file().contents(section);
    REQUIRE(first);
    CHECK(std::ranges::equal(*first, plain));
    CHECK(elf.file().contents(section)->data() == first->data());
}

TEST_CASE("a section of 0 bytes") {
    const auto inflated = elf::inflate_section(section_of({}, kZlib, 0, deflate(kZlib, {})), {});
    REQUIRE(inflated);
    CHECK(inflated->size == 0);
}

TEST_CASE("damaged compressed sections are errors, and stay errors") {
    const ByteVector plain = plain_text();
    const ByteVector zlib = deflate(kZlib, plain);
    ByteVector garbage = zlib;
    for (std::size_t i = 10; i < garbage.size(); i += 7) garbage[i] ^= 0x55;
    const ByteVector cut(zlib.begin(), zlib.begin() + zlib.size() / 2);
    const struct {
        const char* what;
        ByteVector bytes;
        ErrorCode code;
    } cases[] = {
        {"exabytes claimed", section_of({}, kZlib, std::uint64_t{1} << 60, zlib),
         ErrorCode::malformed},
        {"all ones claimed", section_of({}, kZstd, ~0ULL, zlib), ErrorCode::malformed},
        {"more claimed", section_of({}, kZlib, plain.size() + 1, zlib), ErrorCode::malformed},
        {"less claimed", section_of({}, kZlib, plain.size() - 1, zlib), ErrorCode::malformed},
        {"garbage", section_of({}, kZlib, plain.size(), garbage), ErrorCode::malformed},
        {"cut short", section_of({}, kZlib, plain.size(), cut), ErrorCode::malformed},
        {"zlib called zstd", section_of({}, kZstd, plain.size(), zlib), ErrorCode::malformed},
        {"unknown method", section_of({}, 77, plain.size(), zlib), ErrorCode::unsupported},
        {"no whole header", {1, 0, 0, 0, 0}, ErrorCode::malformed},
        {"empty", {}, ErrorCode::malformed},
    };
    for (const auto& each : cases) {
        CAPTURE(each.what);
        const auto elf = file_with({}, ".debug_info", SHF_COMPRESSED, each.bytes);
        for (int again = 0; again < 2; ++again) {
            const auto bytes = elf.file().contents(*elf.file().section(".debug_info"));
            REQUIRE_FALSE(bytes);
            CHECK(bytes.error().code == each.code);
            CHECK(bytes.error().message.find(".debug_info") != std::string::npos);
        }
    }
}

TEST_CASE("damaged .zdebug sections") {
    const ByteVector zlib = deflate(kZlib, plain_text());
    for (const ByteVector& bytes :
         {old_section(std::uint64_t{1} << 60, zlib), old_section(17, zlib), ByteVector(12, 'Z'),
          ByteVector{'Z', 'L', 'I', 'B'}, ByteVector{}}) {
        const auto inflated = elf::inflate_old_section(bytes);
        REQUIRE_FALSE(inflated);
        CHECK(inflated.error().code == ErrorCode::malformed);
    }
}

TEST_CASE("compressed fixtures hold what the plain ones hold") {
    const struct {
        const char* compressed;
        const char* plain;
    } pairs[] = {
        {"compressed-zlib", "c-gcc-dwarf5"},      {"compressed-zstd", "c-gcc-dwarf5"},
        {"compressed-zlib-gnu", "c-gcc-dwarf4"},  {"compressed-zlib.ko", "mini-module.ko"},
        {"compressed-zstd.ko", "mini-module.ko"},
    };
    for (const auto& pair : pairs) {
        const auto small = elf::ElfFile::open(fixture(pair.compressed));
        const auto whole = elf::ElfFile::open(fixture(pair.plain));
        REQUIRE(small);
        REQUIRE(whole);
        for (const char* name : {".debug_info", ".debug_line", ".debug_str"}) {
            CAPTURE(pair.compressed);
            CAPTURE(name);
            const auto a = small->contents(*small->debug_section(name));
            const auto b = whole->contents(*whole->debug_section(name));
            REQUIRE(a);
            CHECK(std::ranges::equal(*a, *b));
        }
    }
}

TEST_CASE("the CRC of a debug link is CRC-32") {
    const ByteVector digits{'1', '2', '3', '4', '5', '6', '7', '8', '9'};
    CHECK(elf::debug_link_crc(digits) == 0xcbf43926);
}
