#include "base/regular_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "support/files.h"

using namespace symline;
using base::RegularFile;
using test::TemporaryFolder;

TEST_CASE("regular file: what is none is not even opened") {
    const TemporaryFolder folder;
    const auto fifo = folder.path("fifo");
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    // A writer is told when a reader opens the FIFO: then it can write, and gets SIGPIPE.
    const auto refused = RegularFile::open(fifo);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::not_a_file);
    CHECK(::open(fifo.c_str(), O_WRONLY | O_NONBLOCK) == -1);
    CHECK(errno == ENXIO);
    CHECK(RegularFile::open("/dev/null").error().code == ErrorCode::not_a_file);
    CHECK(RegularFile::open(folder.root()).error().code == ErrorCode::is_directory);
}

TEST_CASE("regular file: a link to one is followed, and read as it is") {
    const TemporaryFolder folder;
    folder.write("a", {1, 2, 3});
    REQUIRE(::symlink("a", folder.path("link").c_str()) == 0);
    const auto file = RegularFile::open(folder.path("link"));
    REQUIRE(file);
    CHECK(file->size() == 3);
    std::array<std::uint8_t, 2> bytes{};
    CHECK(file->read(1, bytes));
    CHECK(bytes == std::array<std::uint8_t, 2>{2, 3});
    CHECK_FALSE(file->read(2, bytes));
    REQUIRE(::symlink("dangling", folder.path("nothing").c_str()) == 0);
    CHECK(RegularFile::open(folder.path("nothing")).error().code == ErrorCode::not_found);
}
