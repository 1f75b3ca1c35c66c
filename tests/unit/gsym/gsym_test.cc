// An index written and read back, whole, damaged and foreign.
#include <doctest/doctest.h>

#include "elf/compression.h"
#include "gsym/block_sum.h"
#include "gsym/gsym_format.h"
#include "gsym/gsym_reader.h"
#include "gsym/gsym_writer.h"

using namespace symline;
using namespace symline::gsym;

namespace {

constexpr std::uint64_t kPlacement = 0x1234;

BuildId build_id() {
    return *BuildId::parse("00112233445566778899aabbccddeeff00112233");
}

SourceLocation place(std::string_view file, std::uint32_t line, std::uint32_t column = 0,
                     std::uint32_t discriminator = 0) {
    SourceLocation location;
    location.file = file;
    location.line = line;
    location.column = column;
    location.discriminator = discriminator;
    return location;
}

/// outer at [0x1000, 0x1100) with middle and, in it, inner inlined at [0x1010, 0x1020); a symbol
/// at [0x1200, 0x1210); a gap after it.
std::vector<std::uint8_t> example() {
    GsymWriter writer;
    const auto a = writer.file(place("/src/a.c", 1)), b = writer.file(place("b.h", 1));
    IndexedFunction outer{.range = {0x1000, 0x1100}, .name = writer.name("outer", "_Z5outerv")};
    outer.rows = {{0x1000, a, 10, 1, 0},
                  {0x1010, b, 400, 70, 3},
                  {0x1020, a, 12, 0, 0},
                  {0x10f0, 0, 0, 0, 0}};
    outer.calls = {{1, writer.name("middle", {}), a, 11, 5, 0, {{0x1008, 0x1020}}},
                   {2, writer.name("inner", {}), b, 7, 0, 2, {{0x1010, 0x1018}, {0x101a, 0x1020}}},
                   {1, writer.name("later", {}), a, 12, 9, 0, {{0x1020, 0x1024}}}};
    writer.add(outer);
    writer.add({.range = {0x1200, 0x1210},
                .name = writer.name("symbol", {}),
                .name_source = NameSource::symbol_table,
                .start = FileAddress{0x11f0}});
    writer.add_gap({0x1300, 0x1310});
    auto bytes = writer.finish({build_id(), kPlacement, true});
    REQUIRE(bytes);
    return *bytes;
}

std::string text(const std::vector<Frame>& frames) {
    std::string all;
    for (const Frame& frame : frames) {
        if (!all.empty()) all += " < ";
        all += std::string(frame.name) + "(" + std::string(frame.linkage_name) + ") " +
               std::string(frame.location.file) + ":" + std::to_string(frame.location.line) + ":" +
               std::to_string(frame.location.column) + ":" +
               std::to_string(frame.location.discriminator);
    }
    return all;
}

std::string at(GsymReader& reader, std::uint64_t address) {
    std::vector<Frame> frames;
    switch (reader.lookup(address, frames)) {
        case Answer::nothing: return "nothing";
        case Answer::ask: return "ask";
        case Answer::frames: break;
    }
    return text(frames);
}

constexpr std::uint64_t kAsked[] = {0xfff,  0x1000, 0x100f, 0x1010, 0x1018, 0x101f, 0x1020,
                                    0x1024, 0x10f5, 0x1100, 0x1205, 0x1210, 0x1305, 0x1310};

}  // namespace

TEST_CASE("what was written is read back") {
    const auto bytes = example();
    auto reader = GsymReader::of(bytes, build_id(), kPlacement);
    REQUIRE(reader);
    CHECK(reader->functions() == 2);
    CHECK(reader->has_symbols());
    CHECK(at(*reader, 0xfff) == "nothing");
    CHECK(at(*reader, 0x1000) == "outer(_Z5outerv) /src/a.c:10:1:0");
    CHECK(at(*reader, 0x100f) == "middle() /src/a.c:10:1:0 < outer(_Z5outerv) /src/a.c:11:5:0");
    CHECK(at(*reader, 0x1010) ==
          "inner() b.h:400:70:3 < middle() b.h:7:0:2 < outer(_Z5outerv) /src/a.c:11:5:0");
    CHECK(at(*reader, 0x1018) == "middle() b.h:400:70:3 < outer(_Z5outerv) /src/a.c:11:5:0");
    CHECK(at(*reader, 0x1020) == "later() /src/a.c:12:0:0 < outer(_Z5outerv) /src/a.c:12:9:0");
    CHECK(at(*reader, 0x10ff) == "outer(_Z5outerv) :0:0:0");
    CHECK(at(*reader, 0x1100) == "nothing");
    CHECK(at(*reader, 0x1205) == "symbol() :0:0:0");
    CHECK(at(*reader, 0x1305) == "ask");
    CHECK(at(*reader, 0x1310) == "nothing");
    std::vector<Frame> frames;
    REQUIRE(reader->lookup(0x1205, frames) == Answer::frames);
    CHECK(frames[0].name_source == NameSource::symbol_table);
    CHECK(frames[0].start->value == 0x11f0);
    CHECK_FALSE(reader->damaged());
}

TEST_CASE("many lookups, which read the table of addresses as a whole, have the same answers") {
    const auto bytes = example();
    auto reader = GsymReader::of(bytes, build_id(), kPlacement);
    auto fresh = GsymReader::of(bytes, build_id(), kPlacement);
    for (int i = 0; i < 100; ++i) at(*reader, 0x1000);
    for (const auto address : kAsked) CHECK(at(*reader, address) == at(*fresh, address));
}

TEST_CASE("addresses far apart and close together, which take numbers of 1, 2, 4 and 8 bytes") {
    for (const std::uint64_t distance : {0x20ULL, 0x400ULL, 0x20'0000ULL, 0x2'0000'0000ULL}) {
        GsymWriter writer;
        for (std::uint64_t i = 0; i < 5; ++i) {
            writer.add({.range = {0x1000 + i * distance, 0x1010 + i * distance},
                        .name = writer.name(std::string_view("abcde").substr(i, 1), {})});
        }
        const auto bytes = writer.finish({build_id(), kPlacement, false});
        REQUIRE(bytes);
        auto reader = GsymReader::of(*bytes, build_id(), kPlacement);
        REQUIRE(reader);
        // In order and backwards, one by one and with the table read as a whole.
        for (int round = 0; round < 100; ++round) {
            const std::uint64_t i = round % 2 == 0 ? round % 5 : 4 - round % 5;
            const auto name = std::string("abcde").substr(i, 1) + "() :0:0:0";
            CHECK(at(*reader, 0xfff) == "nothing");
            CHECK(at(*reader, 0x1000 + i * distance) == name);
            CHECK(at(*reader, 0x100f + i * distance) == name);
            CHECK(at(*reader, 0x1010 + i * distance) == "nothing");
        }
    }
}

TEST_CASE("calls in front of the one that holds an address: many ranges, long numbers, children") {
    GsymWriter writer;
    const auto file = writer.file(place("/src/a.c", 1));
    constexpr std::uint64_t kLow = 0x10'0000, kHigh = 0x40'0000;
    IndexedFunction outer{.range = {kLow, kHigh}, .name = writer.name("outer", {})};
    const auto add = [&](std::uint32_t depth, std::string_view name, std::uint32_t line,
                         std::vector<CodeRange> ranges) {
        outer.calls.push_back({depth, writer.name(name, {}), file, line, 0, 0, std::move(ranges)});
    };
    std::vector<CodeRange> many;
    for (std::uint64_t low = kLow; many.size() < 200; low += 0x20) many.push_back({low, low + 8});
    add(1, "with 200 ranges", 1, many);
    add(1, "with a line of three bytes", 20'000, {{kLow + 0x8, kLow + 0x10}});
    add(1, "far away", 2, {{kLow + 0x20'0000, kLow + 0x20'0010}});
    add(1, "large", 3, {{kLow + 0x10'0000, kLow + 0x18'0000}});
    add(2, "inside of large", 4, {{kLow + 0x10'8000, kLow + 0x10'8010}});
    add(1, "with two ranges", 5, {{kLow + 0x10, kLow + 0x12}, {kLow + 0x14, kLow + 0x18}});
    add(2, "in its second", 6, {{kLow + 0x16, kLow + 0x18}});
    add(3, "and in that", 7, {{kLow + 0x17, kLow + 0x18}});
    add(1, "the last", 8, {{kLow + 0x18, kLow + 0x20}});
    writer.add(outer);
    const auto bytes = writer.finish({build_id(), kPlacement, false});
    REQUIRE(bytes);
    auto reader = GsymReader::of(*bytes, build_id(), kPlacement);
    REQUIRE(reader);
    const auto innermost = [&](std::uint64_t offset) {
        const auto found = at(*reader, kLow + offset);
        return found.substr(0, found.find('('));
    };
    CHECK(innermost(0x0) == "with 200 ranges");
    CHECK(innermost(199 * 0x20 + 7) == "with 200 ranges");
    CHECK(innermost(0x8) == "with a line of three bytes");
    CHECK(innermost(0x20'0000) == "far away");
    CHECK(innermost(0x10'0000) == "large");
    CHECK(innermost(0x10'8000) == "inside of large");
    CHECK(innermost(0x10) == "with two ranges");
    CHECK(innermost(0x12) == "outer");
    CHECK(innermost(0x14) == "with two ranges");
    CHECK(innermost(0x16) == "in its second");
    CHECK(innermost(0x17) == "and in that");
    CHECK(innermost(0x1f) == "the last");
    CHECK(innermost(0x28'0000) == "outer");
    CHECK(at(*reader, kLow + 0x17) ==
          "and in that() :0:0:0 < in its second() /src/a.c:7:0:0 < with two ranges() "
          "/src/a.c:6:0:0 < outer() /src/a.c:5:0:0");
}

TEST_CASE("two functions with one linkage name keep a name each") {
    GsymWriter writer;
    writer.add({.range = {0x10, 0x20}, .name = writer.name("f<int>", "_Z1f")});
    writer.add({.range = {0x20, 0x30}, .name = writer.name("f", "_Z1f")});
    writer.add({.range = {0x30, 0x40}, .name = writer.name("_Z1f", {})});
    const auto bytes = writer.finish({build_id(), kPlacement, false});
    auto reader = GsymReader::of(*bytes, build_id(), kPlacement);
    CHECK(at(*reader, 0x10) == "f<int>(_Z1f) :0:0:0");
    CHECK(at(*reader, 0x20) == "f(_Z1f) :0:0:0");
    CHECK(at(*reader, 0x30) == "_Z1f() :0:0:0");
    CHECK_FALSE(reader->has_symbols());
}

TEST_CASE("a flipped bit anywhere is noticed: no answer differs from the true one") {
    const auto good = example();
    auto reference = GsymReader::of(good, build_id(), kPlacement);
    std::size_t refused = 0, noticed = 0;
    for (std::size_t i = 0; i < good.size(); ++i) {
        auto bytes = good;
        bytes[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
        auto reader = GsymReader::of(bytes, build_id(), kPlacement);
        if (!reader) {
            ++refused;
            continue;
        }
        for (const auto address : kAsked) {
            const auto answer = at(*reader, address);
            if (answer != "ask") CHECK(answer == at(*reference, address));
        }
        noticed += reader->damaged();
    }
    CHECK(refused + noticed == good.size());
}

TEST_CASE("a file cut off anywhere, of another build, placement, version or program is refused") {
    const auto good = example();
    for (std::size_t size = 0; size < good.size(); ++size) {
        CHECK_FALSE(GsymReader::of(std::span(good).first(size), build_id(), kPlacement));
    }
    const auto refusal = [](const std::vector<std::uint8_t>& bytes, const BuildId& id,
                            std::uint64_t placement) {
        const auto reader = GsymReader::of(bytes, id, placement);
        return reader ? std::string() : reader.error().message;
    };
    CHECK(refusal(good, *BuildId::parse("0011"), kPlacement) ==
          "made from a file of another build id");
    CHECK(refusal(good, build_id(), 1) == "made from a file with its code at other addresses");
    auto other_version = good;
    other_version[good.size() - kFooterSize + kFooterMagic.size()] ^= 0xff;
    CHECK(refusal(other_version, build_id(), kPlacement) == "made by another version");
    auto foreign = good;
    foreign.resize(good.size() + 200);
    CHECK(refusal(foreign, build_id(), kPlacement) == "damaged, or made by another program");
}

TEST_CASE("a build id that GSYM has no room for is refused") {
    GsymWriter writer;
    const auto bytes = writer.finish({*BuildId::parse(std::string(42, 'a')), kPlacement, true});
    REQUIRE_FALSE(bytes);
    CHECK(bytes.error().code == ErrorCode::unsupported);
}

TEST_CASE("a path without a directory, below the root and with a prefix comes back as it was") {
    GsymWriter writer;
    std::uint64_t address = 0x10;
    const std::string_view paths[] = {"a.c", "/a.c", "/x/y/a.c", "./x//a.c", "x/"};
    for (const auto path : paths) {
        SourceLocation location = place(path, 5);
        location.compilation_directory_size = static_cast<std::uint32_t>(path.size() / 2);
        IndexedFunction function{.range = {address, address + 0x10}, .name = writer.name("f", {})};
        function.rows = {{address, writer.file(location), 5, 0, 0}};
        writer.add(function);
        address += 0x10;
    }
    const auto bytes = writer.finish({build_id(), kPlacement, true});
    auto reader = GsymReader::of(*bytes, build_id(), kPlacement);
    address = 0x10;
    for (const auto path : paths) {
        std::vector<Frame> frames;
        REQUIRE(reader->lookup(address, frames) == Answer::frames);
        CHECK(frames[0].location.file == path);
        CHECK(frames[0].location.compilation_directory_size == path.size() / 2);
        address += 0x10;
    }
}

namespace {

/// Makes the checksums right again, as somebody would who wants to be believed.
void seal(std::vector<std::uint8_t>& bytes) {
    const auto set = [&](std::size_t at, std::uint32_t value) {
        for (int i = 0; i < 4; ++i, value >>= 8) bytes[at + i] = static_cast<std::uint8_t>(value);
    };
    const std::size_t footer = bytes.size() - kFooterSize;
    const std::size_t sums = footer - 4;  // one block
    set(sums, block_sum(std::span(bytes).first(sums)));
    set(bytes.size() - 8, elf::crc32(std::span(bytes).subspan(sums, 4)));
    set(bytes.size() - 4, elf::crc32(std::span(bytes).subspan(footer, kFooterSize - 4)));
}

}  // namespace

TEST_CASE("a crafted file with the right checksums neither crashes the reader nor keeps it busy") {
    const auto good = example();
    REQUIRE(good.size() < kBlockSize);
    std::uint32_t state = 1;
    const auto random = [&state](std::size_t below) {
        state = state * 1664525 + 1013904223;
        return (state >> 8) % below;
    };
    int opened = 0;
    for (int round = 0; round < 5000; ++round) {
        auto bytes = good;
        const std::size_t changes = 1 + random(4);
        for (std::size_t i = 0; i < changes; ++i) {
            const std::size_t at = random(bytes.size() - kFooterSize - 4);
            bytes[at] = static_cast<std::uint8_t>(random(2) == 0 ? 0xff : random(256));
        }
        seal(bytes);
        auto reader = GsymReader::of(bytes, build_id(), kPlacement);
        if (!reader) continue;
        ++opened;
        for (const auto address : kAsked) at(*reader, address);
        for (int i = 0; i < 70; ++i) at(*reader, 0x1010);
    }
    CHECK(opened > 1000);
}
