#include "base/paged_file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "support/files.h"

using namespace symline;
using namespace symline::test;

namespace {

/// Each byte tells where it is; more of them than all blocks that are kept.
ByteVector counted(std::size_t size) {
    ByteVector bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<std::uint8_t>((i ^ (i >> 8) ^ (i >> 16)) & 0xff);
    }
    return bytes;
}

}  // namespace

TEST_CASE("a file in blocks reads as the file does, at every offset") {
    const TemporaryFolder folder;
    const auto bytes = counted((std::size_t{3} << 20) + 77);
    const auto file = base::PagedFile::open(folder.write("f", bytes));
    REQUIRE(file);
    CHECK(file->size() == bytes.size());
    for (const std::size_t size : {1U, 8U, 100U, 16383U, 16384U, 16385U, 50000U}) {
        ByteVector read(size);
        for (std::size_t at = 0; at + size <= bytes.size(); at += 100003) {
            for (const std::size_t from : {at, bytes.size() - size - at}) {
                REQUIRE(file->read(from, read));
                CHECK(std::equal(read.begin(), read.end(),
                                 bytes.begin() + static_cast<std::ptrdiff_t>(from)));
            }
        }
    }
}

TEST_CASE("what is not in a file is not read from it") {
    const TemporaryFolder folder;
    const auto path = folder.write("f", counted(20000));
    const auto file = base::PagedFile::open(path);
    REQUIRE(file);
    ByteVector read(8);
    CHECK(file->read(19992, read));
    CHECK_FALSE(file->read(19993, read));
    CHECK_FALSE(file->read(20000, read));
    CHECK(file->read(20000, std::span(read).first(0)));
    CHECK_FALSE(file->read(~std::uint64_t{0}, read));
    // It became shorter after it was opened.
    REQUIRE(::truncate(path.c_str(), 100) == 0);
    CHECK_FALSE(file->read(8, read));
}

TEST_CASE("a file with a hole of many gigabytes") {
    const TemporaryFolder folder;
    const auto path = folder.write("f", ByteVector{1, 2, 3, 4});
    REQUIRE(::truncate(path.c_str(), off_t{1} << 40) == 0);
    const auto file = base::PagedFile::open(path);
    REQUIRE(file);
    ByteVector read(4);
    CHECK(file->read(0, read));
    CHECK(read == ByteVector{1, 2, 3, 4});
    CHECK(file->read((std::uint64_t{1} << 40) - 4, read));
    CHECK(read == ByteVector{0, 0, 0, 0});
}

TEST_CASE("only regular files are opened") {
    const TemporaryFolder folder;
    const auto code = [](const std::string& path) {
        const auto file = base::RegularFile::open(path);
        REQUIRE_FALSE(file);
        return file.error().code;
    };
    CHECK(code(folder.root()) == ErrorCode::is_directory);
    CHECK(code(folder.path("none")) == ErrorCode::not_found);
    CHECK(code(folder.write("empty", ByteVector())) == ErrorCode::empty);
    CHECK(code("/dev/zero") == ErrorCode::not_a_file);
    const auto fifo = folder.path("fifo");
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK(code(fifo) == ErrorCode::not_a_file);
    CHECK(base::changed_at(fifo) > 0);
    CHECK(base::changed_at(folder.path("none")) == 0);
}
