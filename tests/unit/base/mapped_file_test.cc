#include "base/mapped_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "support/files.h"

using namespace symline;
using base::MappedFile;
using test::TemporaryFolder;

TEST_CASE("a regular file is mapped whole") {
    const TemporaryFolder folder;
    const auto path = folder.write("three", {1, 2, 3});
    auto file = MappedFile::open(path);
    REQUIRE(file);
    CHECK(std::ranges::equal(file->bytes(), test::ByteVector{1, 2, 3}));
    MappedFile moved = std::move(*file);
    CHECK(moved.bytes().size() == 3);
    CHECK(file->bytes().empty());
    auto other = MappedFile::open(folder.write("one", {9}));
    REQUIRE(other);
    *other = std::move(moved);
    CHECK(other->bytes().size() == 3);
}

TEST_CASE("what cannot be mapped, and why") {
    const TemporaryFolder folder;
    folder.write("empty", "");
    folder.write("file", {1});
    REQUIRE(::mkfifo(folder.path("fifo").c_str(), 0600) == 0);
    REQUIRE(::symlink("loop", folder.path("loop").c_str()) == 0);
    const struct {
        std::string path;
        ErrorCode code;
    } cases[] = {
        {folder.path("missing"), ErrorCode::not_found},
        {folder.path("file/below"), ErrorCode::not_found},
        {folder.root(), ErrorCode::is_directory},
        {folder.path("fifo"), ErrorCode::not_a_file},
        {"/dev/null", ErrorCode::not_a_file},
        {folder.path("empty"), ErrorCode::empty},
        {folder.path("loop"), ErrorCode::unreadable},
    };
    for (const auto& each : cases) {
        CAPTURE(each.path);
        const auto file = MappedFile::open(each.path);
        REQUIRE_FALSE(file);
        CHECK(file.error().code == each.code);
        CHECK(file.error().file == each.path);
        CHECK_FALSE(file.error().message.empty());
        CHECK_FALSE(file.error().message.ends_with('.'));
    }
}

TEST_CASE("a file without permission is unreadable" * doctest::skip(::geteuid() == 0)) {
    const TemporaryFolder folder;
    const auto path = folder.write("secret", {1});
    REQUIRE(::chmod(path.c_str(), 0) == 0);
    const auto file = MappedFile::open(path);
    REQUIRE_FALSE(file);
    CHECK(file.error().code == ErrorCode::unreadable);
}

TEST_CASE("a part of a large file is copied as it is, and no part of another one") {
    const TemporaryFolder folder;
    test::ByteVector bytes(std::size_t{17} * 1024 * 1024);
    bytes[5'000'000] = 42;
    const auto large = MappedFile::open(folder.write("large", bytes));
    REQUIRE(large);
    test::ByteVector copy(3);
    CHECK(large->copy(large->bytes().subspan(4'999'999, 3), copy.data()));
    CHECK(copy == test::ByteVector{0, 42, 0});
    const auto small = MappedFile::open(folder.write("small", {1, 2, 3}));
    REQUIRE(small);
    CHECK_FALSE(small->copy(small->bytes(), copy.data()));
    CHECK_FALSE(large->copy(small->bytes(), copy.data()));
}
