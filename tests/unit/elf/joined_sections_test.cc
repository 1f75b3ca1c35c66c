#include "elf/joined_sections.h"

#include <doctest/doctest.h>

#include "elf/relocations.h"
#include "support/elf_builder.h"

using namespace symline;
using namespace symline::test;
using elf::Relocations;
using elf::Relocator;

namespace {

constexpr std::uint32_t R_X86_64_64 = 1, R_386_32 = 1;
constexpr std::uint64_t kSize = 32;

/// A relocatable file with .text and three sections .debug_info; symbols 1 and 2 are at .text+0x10
/// and at the start of the last section.
struct Three {
    explicit Three(ElfKind kind = {}, bool with_addend = true) : elf(build(kind, with_addend)) {
        base = elf.file().section(".text")->address.value;
    }
    static OwnedElf build(ElfKind kind, bool with_addend) {
        ElfBuilder builder(kind, ET_REL, kind.is64 ? EM_X86_64 : EM_386);
        const auto text = builder.add_code(".text", 0, 0x100);
        const auto first = builder.add({.name = ".debug_info", .bytes = ByteVector(kSize, 1)});
        builder.add({.name = ".debug_info", .bytes = ByteVector(kSize, 2)});
        builder.add({.name = ".debug_types", .bytes = ByteVector(kSize, 9)});
        const auto last = builder.add({.name = ".debug_info", .bytes = ByteVector(kSize, 3)});
        builder.add_symbol({.name = "f", .value = 0x10, .section = text});
        builder.add_symbol({.name = "", .section = last, .type = STT_SECTION});
        const std::uint32_t type = kind.is64 ? R_X86_64_64 : R_386_32;
        builder.add_relocations(first, {{8, type, 1, 1}}, with_addend);
        builder.add_relocations(last, {{8, type, 1, 3}, {16, type, 2, 5}}, with_addend);
        return builder.open();
    }
    OwnedElf elf;
    std::uint64_t base = 0;
};

}  // namespace

TEST_CASE("sections of one name follow each other") {
    const Three three;
    const auto parts = elf::sections_named(three.elf.file(), ".debug_info");
    REQUIRE(parts);
    REQUIRE(parts->size() == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK((*parts)[i].offset == i * kSize);
    const auto joined = elf::join(*parts);
    REQUIRE(joined.size() == 3 * kSize);
    CHECK(joined[0] == 1);
    CHECK(joined[kSize] == 2);
    CHECK(joined.back() == 3);
    CHECK(elf::sections_named(three.elf.file(), ".debug_types")->size() == 1);
    CHECK(elf::sections_named(three.elf.file(), ".debug_line")->empty());
}

TEST_CASE("relocations of joined sections, and those that refer to one of them") {
    for (const bool is64 : {false, true}) {
        for (const bool with_addend : {false, true}) {
            CAPTURE(is64);
            CAPTURE(with_addend);
            const Three three({.is64 = is64, .big_endian = false}, with_addend);
            const auto& file = three.elf.file();
            const auto relocator = *Relocator::of(file);
            const auto parts = *elf::sections_named(file, ".debug_info");
            const auto all = Relocations::of(file, parts, *relocator);
            REQUIRE(all);
            // Without an addend in the entry it stands in place.
            const auto value = [&](std::uint64_t at, std::uint64_t addend) {
                return all->resolve(at, with_addend ? 0 : addend);
            };
            CHECK(value(8, 1) == three.base + 0x11);
            CHECK(value(kSize + 8, 0x77) == (with_addend ? 0U : 0x77U));
            CHECK(value(2 * kSize + 8, 3) == three.base + 0x13);
            CHECK(value(2 * kSize + 16, 5) == 2 * kSize + 5);
            // A copy outlives the original.
            const auto copy = std::optional(*all);
            CHECK(copy->resolve(8, with_addend ? 0 : 1) == three.base + 0x11);
        }
    }
}

TEST_CASE("no relocations, and sections that overlap") {
    ElfBuilder builder({}, ET_REL);
    builder.add({.name = ".debug_info", .bytes = ByteVector(kSize)});
    builder.add({.name = ".debug_info", .bytes = ByteVector(kSize)});
    auto bytes = builder.build();
    const auto plain = OwnedElf(bytes);
    const auto relocator = *Relocator::of(plain.file());
    const auto parts = *elf::sections_named(plain.file(), ".debug_info");
    CHECK_FALSE(Relocations::of(plain.file(), parts, *relocator));

    // Both reach over the whole file.
    const std::uint64_t table = bytes.size() - 64 * plain.file().sections().size();
    for (const Section& section : plain.file().sections()) {
        if (section.name != ".debug_info") continue;
        ByteWriter at;
        at.u64(0).u64(bytes.size());
        std::ranges::copy(at.data(), bytes.begin() + static_cast<std::ptrdiff_t>(
                                                         table + 64 * section.index + 24));
    }
    const auto overlapping = OwnedElf(bytes);
    const auto refused = elf::sections_named(overlapping.file(), ".debug_info");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::malformed);
}

TEST_CASE(
    "entries of relocation sections that overlap are copied no further than a file has room") {
    ElfBuilder builder({}, ET_REL);
    const auto text = builder.add_code(".text", 0, 0x100);
    builder.add_symbol({.name = "f", .value = 0x10, .section = text});
    for (int i = 0; i < 3; ++i) {
        const auto info = builder.add({.name = ".debug_info", .bytes = ByteVector(kSize)});
        builder.add_relocations(info, {{8, R_X86_64_64, 1, 1}}, true);
    }
    auto bytes = builder.build();
    const auto plain = OwnedElf(bytes);
    // Each holds the whole file's bytes, but for what an entry does not fill.
    const std::uint64_t table = bytes.size() - 64 * plain.file().sections().size();
    for (const Section& section : plain.file().sections()) {
        if (section.type != SHT_RELA) continue;
        ByteWriter at;
        at.u64(0).u64(bytes.size() / 24 * 24);
        std::ranges::copy(at.data(), bytes.begin() + static_cast<std::ptrdiff_t>(
                                                         table + 64 * section.index + 24));
    }
    const auto overlapping = OwnedElf(bytes);
    const auto relocator = *Relocator::of(overlapping.file());
    const auto parts = *elf::sections_named(overlapping.file(), ".debug_info");
    REQUIRE(parts.size() == 3);
    const auto some = Relocations::of(overlapping.file(), parts, *relocator);
    REQUIRE(some);
    CHECK(some->size() == bytes.size() / 24);
}
