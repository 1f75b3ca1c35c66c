#include "process/corefile/core_image.h"

#include <doctest/doctest.h>

#include "process/core_builder.h"
#include "support/files.h"

using namespace symline;
using namespace symline::test;

namespace {

std::string write(const TemporaryFolder& folder, const ByteVector& bytes) {
    return folder.write("core", bytes);
}

CoreBuilder two_segments() {
    CoreBuilder builder;
    builder.segments = {{0x1000, {1, 2, 3, 4}}, {0x1004, {5, 6, 7, 8}, 16, 5}};
    return builder;
}

}  // namespace

TEST_CASE("a core is memory by address") {
    const TemporaryFolder folder;
    for (const bool wide : {true, false}) {
        for (const bool big_endian : {true, false}) {
            for (const bool many : {true, false}) {
                auto builder = two_segments();
                builder.wide = wide;
                builder.big_endian = big_endian;
                const auto core = process::CoreImage::open(write(folder, builder.build(many)));
                REQUIRE(core);
                CHECK(core->problems().empty());
                CHECK(core->format().size == (wide ? 8 : 4));
                CHECK(core->format().big_endian == big_endian);
                REQUIRE(core->segments().size() == 2);
                std::array<std::uint8_t, 4> bytes{};
                CHECK(core->read(0x1002, bytes));
                CHECK(bytes == std::array<std::uint8_t, 4>{3, 4, 5, 6});
                // Known to be mapped, but not in the file.
                CHECK_FALSE(core->read(0x1006, bytes));
                CHECK_FALSE(core->read(0xffe, bytes));
                CHECK(process::segment_at(core->segments(), 0x1013)->executable());
                CHECK(process::segment_at(core->segments(), 0x1014) == nullptr);
            }
        }
    }
}

TEST_CASE("a core that was cut short says so and keeps the rest") {
    const TemporaryFolder folder;
    auto bytes = two_segments().build();
    bytes.resize(bytes.size() - 6);
    const auto core = process::CoreImage::open(write(folder, bytes));
    REQUIRE(core);
    REQUIRE(core->problems().size() == 1);
    CHECK(core->problems()[0] == "the core is cut short: 6 bytes of memory are missing");
    std::array<std::uint8_t, 2> two{};
    CHECK(core->read(0x1000, two));
    CHECK_FALSE(core->read(0x1001, two));
}

TEST_CASE("program headers that are not there") {
    const TemporaryFolder folder;
    auto bytes = two_segments().build();
    bytes.resize(64 + 56 + 10);
    const auto core = process::CoreImage::open(write(folder, bytes));
    REQUIRE(core);
    REQUIRE_FALSE(core->problems().empty());
    CHECK(core->problems()[0] == "2 of 3 program headers are missing");
    bytes[54] = 3;  // e_phentsize
    const auto other = process::CoreImage::open(write(folder, bytes));
    REQUIRE(other);
    CHECK(other->problems()[0] == "the program headers have a wrong size");
}

TEST_CASE("files that are no cores") {
    const TemporaryFolder folder;
    auto bytes = two_segments().build();
    bytes[16] = 3;
    const auto library = process::CoreImage::open(write(folder, bytes));
    REQUIRE_FALSE(library);
    CHECK(library.error().message == "an ELF file, but not a core");
    const auto text = process::CoreImage::open(write(folder, {'h', 'e', 'l', 'l', 'o'}));
    REQUIRE_FALSE(text);
    CHECK(text.error().code == ErrorCode::not_elf);
    bytes.resize(40);
    bytes[16] = 4;
    CHECK_FALSE(process::CoreImage::open(write(folder, bytes)));
}

TEST_CASE("a segment at the end of the address space") {
    const TemporaryFolder folder;
    CoreBuilder builder;
    builder.segments = {{0xffffffffff600000, {1, 2, 3, 4}, ~std::uint64_t{0}}};
    const auto core = process::CoreImage::open(write(folder, builder.build()));
    REQUIRE(core);
    CHECK(process::segment_at(core->segments(), 0xffffffffff600003) != nullptr);
    CHECK(process::segment_at(core->segments(), 0x10) == nullptr);
}
