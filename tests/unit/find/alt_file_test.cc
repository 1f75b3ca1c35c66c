#include "find/alt_file.h"

#include <doctest/doctest.h>

#include "support/elf_builder.h"
#include "support/files.h"

using namespace symline;
using namespace symline::test;
using find::alt_link;

namespace {

constexpr std::string_view kId = "5ea1ed0000000000000000000000000000000009";

ByteVector id_bytes(std::string_view hex = kId) {
    const auto id = BuildId::parse(hex);
    ByteVector bytes;
    for (const std::byte each : id->bytes()) bytes.push_back(std::to_integer<std::uint8_t>(each));
    return bytes;
}

void append(ByteVector& to, const ByteVector& bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

ByteVector gnu_link(std::string_view name, const ByteVector& id = id_bytes()) {
    ByteVector bytes(name.begin(), name.end());
    bytes.push_back(0);
    append(bytes, id);
    return bytes;
}

ByteVector debug_sup(bool supplementary, std::string_view name, const ByteVector& id = id_bytes(),
                     std::uint8_t version = 5) {
    ByteVector bytes{version, 0, supplementary};
    append(bytes, ByteVector(name.begin(), name.end()));
    bytes.push_back(0);
    bytes.push_back(static_cast<std::uint8_t>(id.size()));
    append(bytes, id);
    return bytes;
}

OwnedElf with_section(std::string name, ByteVector bytes) {
    ElfBuilder builder;
    builder.add({.name = std::move(name), .bytes = std::move(bytes)});
    return builder.open();
}

/// A file that carries a build id, and DWARF.
ByteVector alt_file(std::string_view hex) {
    ElfBuilder builder;
    ByteVector note{4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, 'G', 'N', 'U', 0};
    append(note, id_bytes(hex));
    builder.add(
        {.name = ".note.gnu.build-id", .type = SHT_NOTE, .bytes = std::move(note), .alignment = 4});
    builder.add({.name = ".debug_info", .bytes = ByteVector(4)});
    return builder.build();
}

/// A program in `folder` that links to `name`.
std::string program(const TemporaryFolder& folder, std::string_view path, std::string_view name) {
    ElfBuilder builder;
    builder.add({.name = ".gnu_debugaltlink", .bytes = gnu_link(name)});
    return folder.write(path, builder.build());
}

find::AltFileSearch search(const std::string& path, const std::vector<std::string>& directories) {
    const auto file = elf::ElfFile::open(path);
    REQUIRE(file);
    const auto link = alt_link(*file);
    REQUIRE(link);
    return find::find_alt_file(*file, *link, directories);
}

}  // namespace

TEST_CASE("the link: GNU's section, and that of DWARF 5") {
    const auto gnu = with_section(".gnu_debugaltlink", gnu_link("../x.debug"));
    REQUIRE(alt_link(gnu.file()));
    CHECK(alt_link(gnu.file())->file_name == "../x.debug");
    CHECK(alt_link(gnu.file())->id.hex() == kId);
    const auto sup = with_section(".debug_sup", debug_sup(false, "/abs/x.debug"));
    REQUIRE(alt_link(sup.file()));
    CHECK(alt_link(sup.file())->file_name == "/abs/x.debug");
    CHECK(alt_link(sup.file())->id.hex() == kId);
}

TEST_CASE("no link: a supplementary file's own section, and damage") {
    CHECK_FALSE(alt_link(with_section(".debug_sup", debug_sup(true, "")).file()));
    CHECK_FALSE(alt_link(with_section(".debug_sup", debug_sup(false, "")).file()));
    CHECK_FALSE(alt_link(with_section(".debug_sup", debug_sup(false, "x", id_bytes(), 9)).file()));
    CHECK_FALSE(alt_link(with_section(".debug_sup", debug_sup(false, "x", {})).file()));
    auto cut = debug_sup(false, "x");
    cut.pop_back();
    CHECK_FALSE(alt_link(with_section(".debug_sup", cut).file()));
    CHECK_FALSE(alt_link(with_section(".gnu_debugaltlink", gnu_link("", id_bytes())).file()));
    CHECK_FALSE(alt_link(with_section(".gnu_debugaltlink", gnu_link("x", {})).file()));
    CHECK_FALSE(alt_link(with_section(".gnu_debugaltlink", gnu_link("x", ByteVector(65))).file()));
    CHECK_FALSE(alt_link(with_section(".gnu_debugaltlink", ByteVector{'x'}).file()));
    CHECK_FALSE(alt_link(with_section(".other", {}).file()));
}

TEST_CASE("places, best first, each once") {
    const TemporaryFolder folder;
    const auto path = program(folder, "bin/prog", "/usr/lib/debug/.dwz/x86_64/x.debug");
    const auto file = elf::ElfFile::open(path);
    const auto places =
        find::alt_file_places(*file, *alt_link(*file), {"/usr/lib/debug", "/other"});
    const std::string tree = "/.build-id/5e/a1ed0000000000000000000000000000000009.debug";
    CHECK(places == std::vector<std::string>{"/usr/lib/debug/.dwz/x86_64/x.debug",
                                             "/other/.dwz/x86_64/x.debug", "/usr/lib/debug" + tree,
                                             "/other" + tree});
    const auto odd = program(folder, "bin/odd", "my.dwz/x.debug");
    const auto other = elf::ElfFile::open(odd);
    for (const auto& place : find::alt_file_places(*other, *alt_link(*other), {"/d"})) {
        CHECK_FALSE(place.starts_with("/d/.dwz/"));
    }
}

TEST_CASE("a relative name, from the file itself and not from a link to it") {
    const TemporaryFolder folder;
    program(folder, "lib/debug/.build-id/aa/bb.debug", "../../.dwz/x.debug");
    folder.write("lib/debug/.dwz/x.debug", alt_file(kId));
    std::filesystem::create_symlink("lib/debug/.build-id/aa/bb.debug", folder.path("link"));
    const auto found = search(folder.path("link"), {});
    REQUIRE(found.found);
    CHECK(found.refused.empty());
}

TEST_CASE("below a debug directory: .dwz, and the build-id tree") {
    const TemporaryFolder folder;
    const auto path = program(folder, "prog", "/usr/lib/debug/.dwz/there/x.debug");
    folder.write("one/.dwz/there/x.debug", alt_file(kId));
    CHECK(search(path, {folder.path("one")}).found);
    folder.write("two/.build-id/5e/a1ed0000000000000000000000000000000009.debug", alt_file(kId));
    CHECK(search(path, {folder.path("two")}).found);
    CHECK_FALSE(search(path, {folder.path("three")}).found);
}

TEST_CASE("a file of another build id is refused, and the next place is tried") {
    const TemporaryFolder folder;
    const auto path = program(folder, "prog", ".dwz/x.debug");
    folder.write(".dwz/x.debug", alt_file("5ea1ed0000000000000000000000000000000001"));
    auto found = search(path, {folder.path("debug")});
    CHECK_FALSE(found.found);
    REQUIRE(found.refused.size() == 1);
    CHECK(found.refused[0].code == ErrorCode::mismatch);
    CHECK(found.refused[0].message.find(kId) != std::string::npos);
    folder.write("debug/.dwz/x.debug", alt_file(kId));
    found = search(path, {folder.path("debug")});
    REQUIRE(found.found);
    CHECK(found.found->path() == folder.path("debug") + "/.dwz/x.debug");
    CHECK(found.refused.size() == 1);
}

TEST_CASE("no ELF file, a folder, and a file without DWARF are refused") {
    const TemporaryFolder folder;
    const auto path = program(folder, "prog", "x.debug");
    folder.write("x.debug", "not ELF");
    CHECK(search(path, {}).refused.at(0).code == ErrorCode::not_elf);
    const auto other = program(folder, "other", ".");
    CHECK(search(other, {}).refused.at(0).code == ErrorCode::is_directory);
    CHECK_FALSE(search(program(folder, "none", "missing.debug"), {}).found);
}

TEST_CASE("DWARF 5: both files carry the same checksum") {
    const auto link = with_section(".debug_sup", debug_sup(false, "x"));
    const auto same = with_section(".debug_sup", debug_sup(true, ""));
    const auto differs = with_section(".debug_sup", debug_sup(true, "", {1, 2, 3}));
    const auto not_supplementary = with_section(".debug_sup", debug_sup(false, "y"));
    CHECK_FALSE(find::alt_file_refusal(*alt_link(link.file()), same.file()));
    CHECK(find::alt_file_refusal(*alt_link(link.file()), differs.file()));
    CHECK(find::alt_file_refusal(*alt_link(link.file()), not_supplementary.file()));
}
