// What an index of a crafted file may cost: work that grows with the product of two of its numbers
// is refused as damage, or done once. Without these bounds each file took seconds.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/byte_writer.h"
#include "support/elf_builder.h"
#include "support/files.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

constexpr std::uint64_t kCode = 0x1000, kCodeSize = 0x100000;
constexpr std::uint64_t kUnits = 2000;

/// A DWARF 5 unit whose DIE has a name, a range and a line table.
struct UnitSpec {
    std::uint64_t low = 0, size = 0;
    std::uint32_t abbreviations = 0;
    std::uint32_t lines = 0;
};

void append_unit(ByteWriter& info, const UnitSpec& unit) {
    const std::size_t start = info.size();
    info.u32(0).u16(5).u8(1).u8(8).u32(unit.abbreviations);
    info.uleb(1).string("u").u64(unit.low).u64(unit.size).u32(unit.lines).u8(0);
    info.patch(start, info.size() - start - 4, 4);
}

/// DW_TAG_compile_unit with DW_AT_name, low_pc, high_pc and stmt_list.
void append_abbreviations(ByteWriter& abbreviations) {
    for (const unsigned byte : {1, 0x11, 1, 0x03, 0x08, 0x11, 0x01, 0x12, 0x07, 0x10, 0x17, 0, 0}) {
        abbreviations.u8(byte);
    }
}

/// A table of one file, and a program of `rows` rows.
ByteWriter line_table(std::uint64_t rows) {
    ByteWriter line;
    line.u32(0).u16(5).u8(8).u8(0).u32(0);
    const std::size_t header = line.size();
    line.u8(1).u8(1).u8(1).u8(0xfb).u8(14).u8(13);
    for (const unsigned length : {0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1}) line.u8(length);
    for (int table = 0; table < 2; ++table) line.u8(1).u8(1).u8(8).uleb(1).string("x");
    line.patch(header - 4, line.size() - header, 4);
    line.u8(0).uleb(9).u8(2).u64(kCode);
    for (std::uint64_t i = 0; i < rows; ++i) line.u8(13 + 14 + i % 10);
    line.u8(2).uleb(1).u8(0).u8(1).u8(1);
    line.patch(0, line.size() - 4, 4);
    return line;
}

ByteVector image(const std::vector<UnitSpec>& units, const ByteWriter& abbreviations,
                 const ByteWriter& lines) {
    ByteWriter info;
    for (const UnitSpec& unit : units) append_unit(info, unit);
    ElfBuilder elf;
    elf.add_code(".text", kCode, kCodeSize);
    ByteWriter note;
    note.u32(4).u32(4).u32(3).string("GNU").u32(7);
    elf.add(
        {.name = ".note.gnu.build-id", .type = SHT_NOTE, .flags = SHF_ALLOC, .bytes = note.data()});
    elf.add({.name = ".debug_info", .bytes = info.data()});
    elf.add({.name = ".debug_abbrev", .bytes = abbreviations.data()});
    elf.add({.name = ".debug_line", .bytes = lines.data()});
    return elf.build();
}

ByteWriter one_table() {
    ByteWriter abbreviations;
    append_abbreviations(abbreviations);
    abbreviations.u8(0);
    return abbreviations;
}

/// Why no index is made of it; empty when there is one.
std::string refusal(const ByteVector& bytes) {
    const TemporaryFolder folder;
    const auto path = folder.write("file", bytes);
    const auto module = Module::open(path, {});
    REQUIRE(module);
    const auto written = module->index().write(folder.path("indexes"));
    return written ? std::string() : written.error().message;
}

constexpr const char* kTooOften =
    "damaged debug information: the same parts are referred to far too often";

}  // namespace

TEST_CASE("no index of thousands of units at the same addresses") {
    std::vector<UnitSpec> staggered, nested;
    for (std::uint64_t i = 0; i < kUnits; ++i) {
        staggered.push_back({.low = kCode + 16 * i, .size = kCodeSize - 16 * i});
        nested.push_back({.low = kCode + 16 * i, .size = kCodeSize - 32 * i});
    }
    CHECK(refusal(image(staggered, one_table(), line_table(10))) == kTooOften);
    CHECK(refusal(image(nested, one_table(), line_table(10))) == kTooOften);
}

TEST_CASE("units that follow each other share one line table, which is read once") {
    std::vector<UnitSpec> units;
    for (std::uint64_t i = 0; i < kUnits; ++i) units.push_back({.low = kCode + 16 * i, .size = 16});
    // Read for each unit it would be 120 MB of line programs.
    CHECK(refusal(image(units, one_table(), line_table(60000))).empty());
}

TEST_CASE("no index of units whose abbreviation tables are parts of each other") {
    constexpr std::uint64_t kMany = 4000;
    ByteWriter abbreviations;
    for (std::uint64_t i = 0; i < kMany; ++i) append_abbreviations(abbreviations);
    std::vector<UnitSpec> units;
    const auto one = static_cast<std::uint32_t>(abbreviations.size() / kMany);
    for (std::uint32_t i = 0; i < kMany; ++i) {
        units.push_back({.low = kCode + 16 * i, .size = 16, .abbreviations = i * one});
    }
    abbreviations.u8(0);
    CHECK(refusal(image(units, abbreviations, line_table(10))) == kTooOften);
}

TEST_CASE("no index of units whose line tables are parts of each other") {
    // Each header claims the rest of the section for itself.
    ByteWriter lines;
    std::vector<UnitSpec> units;
    for (std::uint64_t i = 0; i < kUnits; ++i) {
        units.push_back({.low = kCode + 16 * i,
                         .size = 16,
                         .abbreviations = 0,
                         .lines = static_cast<std::uint32_t>(lines.size())});
        lines.bytes(line_table(20).data());
    }
    for (const UnitSpec& unit : units) lines.patch(unit.lines, lines.size() - unit.lines - 4, 4);
    const std::string message = refusal(image(units, one_table(), lines));
    CHECK_MESSAGE(message.starts_with("damaged debug information: "), message);
}
