// What ties an index to a file without a build id.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "support/files.h"
#include "symbolize/index_identity.h"

using namespace symline;
using namespace symline::symbolize;
using namespace symline::test;

namespace {

/// A program whose build-id note is another's.
ByteVector program_without_build_id(std::uint8_t last) {
    ByteVector content = read_whole(fixture("c-gcc-dwarf5"));
    const std::string_view note{"\3\0\0\0GNU", 8};
    for (auto at = content.begin();; ++at) {
        at = std::search(at, content.end(), note.begin(), note.end());
        if (at == content.end()) break;
        *(at + 4) = 'X';
    }
    content.back() = last;
    return content;
}

elf::ElfFile open(const std::string& path) {
    auto file = elf::ElfFile::open(path);
    REQUIRE(file);
    return std::move(*file);
}

}  // namespace

TEST_CASE("a file with a build id is known by it alone") {
    const elf::ElfFile file = open(fixture("c-gcc-dwarf5"));
    REQUIRE(file.build_id());
    CHECK(index_name(file) == file.build_id()->hex() + ".gsym");
    CHECK(index_id(file) == *file.build_id());
}

TEST_CASE("one without is known by its path, and identified by its content") {
    const TemporaryFolder folder;
    const std::string path = folder.write("a", program_without_build_id(1));
    const std::string other = folder.write("b", program_without_build_id(1));
    const std::string link = folder.path("link");
    std::filesystem::create_symlink("a", link);
    const elf::ElfFile file = open(path);
    REQUIRE_FALSE(file.build_id());
    CHECK(index_name(file).starts_with("path-"));
    CHECK(index_name(open(link)) == index_name(file));
    CHECK(index_name(open(folder.path("./a"))) == index_name(file));
    CHECK(index_name(open(other)) != index_name(file));
    CHECK(index_id(open(other)) == index_id(file));
    CHECK(index_id(file).bytes().size() == 20);
    const BuildId before = index_id(file);
    const auto time = std::filesystem::last_write_time(path);
    folder.write("a", program_without_build_id(2));
    std::filesystem::last_write_time(path, time);
    CHECK(index_id(open(path)) != before);
    CHECK(index_name(open(path)) == index_name(file));
}

TEST_CASE("an image in memory has no index without a build id") {
    const TemporaryFolder folder;
    const elf::ElfFile file = open(folder.write("a", program_without_build_id(1)));
    const auto copy = elf::ElfFile::from_memory(file.path(), file.image());
    REQUIRE(copy);
    CHECK(index_name(*copy).empty());
}
