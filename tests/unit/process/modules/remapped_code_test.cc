#include "process/modules/remapped_code.h"

#include <doctest/doctest.h>

#include "process/core_builder.h"

using namespace symline;
using namespace symline::test;

namespace {

constexpr process::WordFormat kFormat{};
constexpr std::uint64_t kBase = 0x500000;

/// Headers, code from 0x11000 on, data from 0x14000 on.
ByteVector headers() {
    ByteWriter file;
    file.text_only("\177ELF").u8(2).u8(1).u8(1).zeros(9).u16(3).u16(62).u32(1);
    file.u64(0).u64(64).u64(0).u32(0).u16(64).u16(56).u16(3).zeros(6);
    const auto segment = [&](std::uint32_t flags, std::uint64_t offset, std::uint64_t address,
                             std::uint64_t size) {
        file.u32(elf::kSegmentLoad).u32(flags).u64(offset).u64(address).u64(0);
        file.u64(size).u64(size).u64(1);
    };
    segment(4, 0, 0x10000, 0x400);
    segment(5, 0x1010, 0x11010, 0x1800);
    segment(6, 0x3000, 0x14000, 0x1000);
    return file.zeros(0x400 - file.size()).data();
}

Mapping mapping(std::uint64_t begin, std::uint64_t end, const std::string& path = "/lib/a.so") {
    Mapping made;
    made.begin.value = begin;
    made.end.value = end;
    made.module_begin.value = kBase;
    made.bias = LoadBias{kBase - 0x10000};
    made.path = path;
    return made;
}

process::CoreSegment segment(std::uint64_t begin, std::uint64_t end, std::uint32_t flags) {
    return {.address = begin, .memory_size = end - begin, .flags = flags};
}

struct Found {
    explicit Found(const std::vector<process::CoreSegment>& segments,
                   std::vector<Mapping> given = {mapping(kBase, kBase + 0x1000),
                                                 mapping(kBase + 0x4000, kBase + 0x5000)})
        : mappings(std::move(given)) {
        PieceMemory memory;
        memory.put(kBase, headers());
        process::add_remapped_code(memory, kFormat, segments, mappings);
    }
    std::vector<Mapping> mappings;
};

}  // namespace

TEST_CASE("executable memory in the place of a file's code is that file's") {
    const Found found({segment(kBase, kBase + 0x1000, 4),
                       segment(kBase + 0x1000, kBase + 0x4000, 5),
                       segment(kBase + 0x4000, kBase + 0x5000, 6)});
    REQUIRE(found.mappings.size() == 3);
    const Mapping& code = found.mappings[1];
    CHECK(code.remapped);
    CHECK(code.begin.value == kBase + 0x1000);
    // Not what comes after the code.
    CHECK(code.end.value == kBase + 0x3000);
    CHECK(code.file_offset == 0x1000);
    CHECK(code.path == "/lib/a.so");
    CHECK(code.bias == LoadBias{kBase - 0x10000});
    CHECK_FALSE(found.mappings[0].remapped);
}

TEST_CASE("a part of the code may still be mapped") {
    const Found found({segment(kBase + 0x1000, kBase + 0x3000, 5)},
                      {mapping(kBase, kBase + 0x1000), mapping(kBase + 0x1000, kBase + 0x2000)});
    REQUIRE(found.mappings.size() == 3);
    CHECK(found.mappings[2].begin.value == kBase + 0x2000);
    CHECK(found.mappings[2].file_offset == 0x2000);
    CHECK(found.mappings[2].remapped);
}

TEST_CASE("other memory is no file's") {
    // Not executable; after the file; before it; beside a file whose headers are not there.
    CHECK(Found({segment(kBase + 0x1000, kBase + 0x4000, 6)}).mappings.size() == 2);
    CHECK(Found({segment(kBase + 0x8000, kBase + 0x9000, 5)}).mappings.size() == 2);
    CHECK(Found({segment(0x1000, 0x2000, 5)}).mappings.size() == 2);
    auto unknown = mapping(kBase, kBase + 0x1000);
    unknown.bias.reset();
    CHECK(Found({segment(kBase + 0x1000, kBase + 0x4000, 5)}, {unknown}).mappings.size() == 1);
    CHECK(Found({segment(kBase + 0x1000, kBase + 0x4000, 5)}, {}).mappings.empty());
}

TEST_CASE("the first page of the file may have been moved as well") {
    auto data = mapping(kBase + 0x4000, kBase + 0x5000);
    data.bias.reset();
    data.module_begin.value = kBase + 0x1000;
    const Found found({segment(kBase, kBase + 0x4000, 5)}, {data});
    REQUIRE(found.mappings.size() == 2);
    CHECK(found.mappings[0].remapped);
    CHECK(found.mappings[0].begin.value == kBase + 0x1000);
    CHECK(found.mappings[0].path == "/lib/a.so");
    CHECK(found.mappings[1].bias == LoadBias{kBase - 0x10000});
    CHECK(found.mappings[1].module_begin.value == kBase);
}

TEST_CASE("segments and mappings that overlap end") {
    std::vector<process::CoreSegment> segments(3000, segment(0, ~std::uint64_t{0}, 5));
    std::vector<Mapping> mappings(3000, mapping(kBase, kBase + 0x1000));
    CHECK(Found(segments, mappings).mappings.size() < 3000 + (1 << 16) + 1);
}
