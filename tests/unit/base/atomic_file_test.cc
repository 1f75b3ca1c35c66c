#include "base/atomic_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "support/files.h"

using namespace symline;
using base::AtomicFile;
using test::TemporaryFolder;

namespace {

std::size_t files_in(const std::string& path) {
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(path)) ++files;
    return files;
}

}  // namespace

TEST_CASE("a file is written whole, folders made as needed, and nothing else is left") {
    const TemporaryFolder folder;
    const std::string path = folder.path("a/b/00ff.gsym");
    const std::vector<std::uint8_t> bytes{1, 2, 3};
    REQUIRE(base::write_atomically(path, bytes));
    CHECK(test::read_whole(path) == bytes);
    REQUIRE(base::write_atomically(path, std::vector<std::uint8_t>{4}));
    CHECK(test::read_whole(path).size() == 1);
    CHECK(files_in(folder.path("a/b")) == 1);
    const auto failed = base::write_atomically(path + "/below-a-file.gsym", bytes);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == ErrorCode::unreadable);
}

TEST_CASE("what is not committed leaves nothing, and what was there stays") {
    const TemporaryFolder folder;
    const std::string path = folder.write("kept", {1});
    {
        auto file = AtomicFile::create(path);
        REQUIRE(file);
        REQUIRE(file->write(std::vector<std::uint8_t>(100)));
        CHECK(files_in(folder.root()) == 2);
    }
    CHECK(test::read_whole(path).size() == 1);
    CHECK(files_in(folder.root()) == 1);
}

TEST_CASE("a full disk is an error, and the unfinished file is removed") {
    if (::access("/dev/full", W_OK) != 0) return;
    const TemporaryFolder folder;
    auto file = AtomicFile::create(folder.path("new"));
    REQUIRE(file);
    const int full = ::open("/dev/full", O_WRONLY);
    REQUIRE(::dup2(full, file->descriptor()) >= 0);
    ::close(full);
    const auto written = file->write(std::vector<std::uint8_t>(100));
    REQUIRE_FALSE(written);
    CHECK(written.error().code == ErrorCode::unreadable);
    CHECK(written.error().message == "No space left on device");
}
