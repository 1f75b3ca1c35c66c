#include "base/path_in_root.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "support/files.h"

using namespace symline;
using base::open_in_root;
using base::path_in_root;
using test::TemporaryFolder;
namespace fs = std::filesystem;

TEST_CASE("path in root: as whoever has that root folder sees it") {
    const TemporaryFolder folder;
    const auto root = folder.path("root");
    const auto file = folder.write("root/usr/lib/a.so", "x");
    folder.write("outside/a.so", "y");
    fs::create_symlink("usr/lib", folder.path("root/lib"));
    fs::create_symlink("/usr/lib", folder.path("root/lib64"));
    fs::create_symlink(folder.path("outside"), folder.path("root/away"));
    fs::create_symlink("../../outside", folder.path("root/usr/up"));
    fs::create_symlink("/proc/self/root", folder.path("root/magic"));
    CHECK(path_in_root(root, "/usr/lib/a.so") == file);
    CHECK(path_in_root(root, "/lib/a.so") == root + "/lib/a.so");
    CHECK(path_in_root(root, "/lib64/a.so") == file);
    CHECK(path_in_root(root, "/../usr/lib/a.so").has_value());
    for (const char* path : {"/away/a.so", "/usr/up/a.so", "/magic/etc/passwd", "/none"}) {
        CAPTURE(path);
        CHECK_FALSE(path_in_root(root, path));
    }
    CHECK_FALSE(path_in_root(folder.path("no-root"), "/usr/lib/a.so"));
    CHECK(path_in_root("", "/none") == "/none");
}

TEST_CASE("open in root: the file, and no link at the end") {
    const TemporaryFolder folder;
    folder.write("root/a", "x");
    fs::create_symlink("a", folder.path("root/link"));
    const int file = open_in_root(folder.path("root"), "/a");
    CHECK(file >= 0);
    ::close(file);
    CHECK(open_in_root(folder.path("root"), "/link") == -1);
    CHECK(errno == ELOOP);
    CHECK(open_in_root(folder.path("none"), "/a") == -1);
}
