#include "base/file_text.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "support/files.h"

using namespace symline;
using namespace symline::base;
using test::TemporaryFolder;

TEST_CASE("file text: what a regular file holds, as far as asked for") {
    const TemporaryFolder folder;
    const auto path = folder.write("f", std::string_view("abc"));
    CHECK(read_file_text(path) == "abc");
    CHECK(read_file_text(path, 2) == "ab");
    CHECK(read_file_text(folder.write("empty", std::string_view())) == "");
    // A file of /proc says that it is empty.
    CHECK(file_text("/proc/self/stat").starts_with(std::to_string(::getpid())));
}

TEST_CASE("file text: a device, a FIFO, a folder and what is missing hold none") {
    const TemporaryFolder folder;
    REQUIRE(::mkfifo(folder.path("fifo").c_str(), 0600) == 0);
    std::filesystem::create_symlink("/dev/zero", folder.path("device"));
    for (const char* name : {"fifo", "device", ".", "none"}) {
        CHECK_FALSE(read_file_text(folder.path(name), 8).has_value());
        CHECK(file_text(folder.path(name), 8).empty());
    }
}
