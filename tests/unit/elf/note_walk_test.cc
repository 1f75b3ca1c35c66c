#include "elf/notes.h"

#include <doctest/doctest.h>

#include <string>

#include "support/byte_writer.h"

using namespace symline;
using namespace symline::test;

namespace {

ByteVector note(const std::string& name, std::uint32_t type, const std::string& contents,
                bool big_endian = false, std::size_t unit = 4) {
    ByteWriter out(big_endian);
    out.u32(static_cast<std::uint32_t>(name.size()))
        .u32(static_cast<std::uint32_t>(contents.size()));
    out.u32(type);
    ByteVector bytes = out.data();
    const auto add = [&](const std::string& part) {
        bytes.insert(bytes.end(), part.begin(), part.end());
        bytes.resize((bytes.size() + unit - 1) / unit * unit);
    };
    add(name);
    add(contents);
    return bytes;
}

ByteVector operator+(ByteVector first, const ByteVector& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

std::optional<BuildId> id_in(const ByteVector& notes) {
    return elf::build_id_in_notes(notes, false);
}

const std::string kGnu("GNU\0", 4);

}  // namespace

TEST_CASE("notes: each with its name, type and contents") {
    const auto bytes = note("Linux", 0x101, "\1\2") + note(kGnu, 3, "abcd");
    elf::NoteWalk walk(bytes, false);
    const auto first = walk.next();
    REQUIRE(first);
    CHECK(first->name == "Linux");
    CHECK(first->type == 0x101);
    CHECK(first->contents.size() == 2);
    CHECK(walk.next().value().name == "GNU");
    CHECK_FALSE(walk.next());
    CHECK_FALSE(walk.damaged());
}

TEST_CASE("notes: one without name and contents, as the padding between those of two CPUs") {
    const auto bytes = note("", 0, "") + note(kGnu, 3, "abcd");
    elf::NoteWalk walk(bytes, false);
    CHECK(walk.next().value().name.empty());
    CHECK(walk.next().value().name == "GNU");
}

TEST_CASE("notes: in the other byte order, and padded to 8 bytes") {
    const auto big = note(kGnu, 3, "abcd", true);
    CHECK(elf::build_id_in_notes(big, true) == BuildId::parse("61626364"));
    const auto wide = note("Linux", 1, "abc", false, 8) + note(kGnu, 3, "abcd", false, 8);
    CHECK(elf::build_id_in_notes(wide, false, 8) == BuildId::parse("61626364"));
    CHECK_FALSE(elf::build_id_in_notes(wide, false, 4));
}

TEST_CASE("notes: the build id among others") {
    const auto others = note(std::string("Xen\0", 4), 6, "linux") + note("Linux", 0x101, "\1\2");
    const auto id = note(kGnu, 3, "\x12\x34\x56\x78");
    CHECK(id_in(others + id) == BuildId::parse("12345678"));
    CHECK(id_in(id + others) == BuildId::parse("12345678"));
    CHECK_FALSE(id_in(others));
    CHECK_FALSE(id_in(note(kGnu, 1, "abcd")));
    CHECK_FALSE(id_in(note(kGnu, 3, "")));
    CHECK_FALSE(id_in({}));
}

TEST_CASE("notes: those that end too early") {
    const auto id = note(kGnu, 3, "\x12\x34\x56\x78");
    for (std::size_t size = 0; size < id.size(); ++size) {
        const ByteVector start(id.begin(), id.begin() + static_cast<std::ptrdiff_t>(size));
        CHECK_FALSE(id_in(start));
        elf::NoteWalk walk(start, false);
        CHECK_FALSE(walk.next());
        CHECK(walk.damaged() == (size >= 12));
    }
    ByteWriter huge;
    huge.u32(0xffffffff).u32(0xffffffff).u32(3).string("GNU");
    CHECK_FALSE(id_in(huge.data()));
}
