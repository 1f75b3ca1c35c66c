#include <doctest/doctest.h>

#include "elf/elf_file.h"
#include "support/elf_builder.h"
#include "support/files.h"

using namespace symline;
using namespace symline::test;

namespace {

constexpr std::uint32_t kBuildIdNote = 3;
constexpr std::uint32_t PT_NOTE = 4;

void add_note(ByteWriter& out, std::string_view name, std::uint32_t type, const ByteVector& body,
              unsigned alignment) {
    out.u32(name.size() + 1).u32(body.size()).u32(type).string(name);
    out.align(alignment).bytes(body).align(alignment);
}

/// A property note in front, whose body of 5 bytes is padded, then the build id.
ByteVector two_notes(bool big_endian, unsigned alignment, std::size_t id_size = 20) {
    ByteWriter out(big_endian);
    add_note(out, "GNU", 5, {1, 2, 3, 4, 5}, alignment);
    add_note(out, "GNU", kBuildIdNote, ByteVector(id_size, 0xab), alignment);
    return out.data();
}

std::optional<BuildId> id_of_section(ElfKind kind, ByteVector notes, std::uint64_t alignment) {
    ElfBuilder builder(kind);
    builder.add(
        {.name = ".note", .type = SHT_NOTE, .bytes = std::move(notes), .alignment = alignment});
    return builder.open().file().build_id();
}

}  // namespace

TEST_CASE("the build id follows another note, padded to 4 or 8 bytes") {
    for (const ElfKind kind : kAllKinds) {
        for (const unsigned alignment : {1U, 4U, 8U}) {
            CAPTURE(alignment);
            const unsigned padding = alignment == 8 ? 8 : 4;
            const auto id = id_of_section(kind, two_notes(kind.big_endian, padding), alignment);
            REQUIRE(id);
            CHECK(id->bytes().size() == 20);
            CHECK(id->hex().starts_with("abab"));
        }
    }
}

TEST_CASE("build ids of 1 to 64 bytes, no others") {
    for (const std::size_t size : {1U, 8U, 16U, 64U}) {
        const auto id = id_of_section({}, two_notes(false, 4, size), 4);
        REQUIRE(id);
        CHECK(id->bytes().size() == size);
    }
    CHECK_FALSE(id_of_section({}, two_notes(false, 4, 65), 4));
    CHECK_FALSE(id_of_section({}, two_notes(false, 4, 0), 4));
}

TEST_CASE("the note must be GNU's, and whole") {
    ByteWriter other;
    add_note(other, "Go", kBuildIdNote, ByteVector(20, 1), 4);
    CHECK_FALSE(id_of_section({}, other.data(), 4));
    ByteWriter type;
    add_note(type, "GNU", 4, ByteVector(20, 1), 4);
    CHECK_FALSE(id_of_section({}, type.data(), 4));
    auto cut = two_notes(false, 4);
    cut.resize(cut.size() - 1);
    CHECK_FALSE(id_of_section({}, cut, 4));
    ByteWriter huge;
    huge.u32(0xffff'fffe).u32(0xffff'ffff).u32(kBuildIdNote).zeros(64);
    CHECK_FALSE(id_of_section({}, huge.data(), 4));
}

TEST_CASE("the build id through PT_NOTE, without section headers") {
    for (const ElfKind kind : kAllKinds) {
        for (const unsigned alignment : {4U, 8U}) {
            ElfBuilder builder(kind);
            const auto section = builder.add({.name = ".note",
                                              .type = SHT_PROGBITS,
                                              .bytes = two_notes(kind.big_endian, alignment, 6)});
            builder.add_segment(PT_NOTE, section, alignment);
            builder.without_section_headers();
            const OwnedElf elf = builder.open();
            REQUIRE(elf.ok());
            CHECK(elf.file().sections().empty());
            const auto id = elf.file().build_id();
            REQUIRE(id);
            CHECK(id->hex() == "abababababab");
        }
    }
}

TEST_CASE("no build id") {
    CHECK_FALSE(ElfBuilder().open().file().build_id());
}

TEST_CASE("the debug link: a name, and a CRC after it at a multiple of 4") {
    for (const ElfKind kind : kAllKinds) {
        for (const std::string name : {"abc", "abcd", "abcdefg.debug"}) {
            ByteWriter link(kind.big_endian);
            link.string(name).align(4).u32(0x12345678);
            ElfBuilder builder(kind);
            builder.add({.name = ".gnu_debuglink", .bytes = link.data(), .alignment = 4});
            const OwnedElf elf = builder.open();
            const auto found = elf.file().debug_link();
            REQUIRE(found);
            CHECK(found->file_name == name);
            CHECK(found->crc == 0x12345678);
        }
    }
}

TEST_CASE("what is no debug link") {
    CHECK_FALSE(ElfBuilder().open().file().debug_link());
    for (const ByteVector& bytes : {ByteVector{'a', 'b', 'c', 'd'}, ByteVector{'a', 0, 0, 0},
                                    ByteVector(8, 0), ByteVector{}}) {
        ElfBuilder builder;
        builder.add({.name = ".gnu_debuglink", .bytes = bytes});
        const OwnedElf elf = builder.open();
        CHECK_FALSE(elf.file().debug_link());
    }
}
