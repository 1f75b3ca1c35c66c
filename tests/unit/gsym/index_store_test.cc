// Where indexes are kept, and what is removed of them.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "gsym/index_store.h"
#include "support/files.h"

using namespace symline;
using namespace symline::gsym;
using symline::test::TemporaryFolder;

namespace {

void store(const TemporaryFolder& folder, const char* name, std::size_t size, int days_ago) {
    const std::vector<std::uint8_t> bytes(size, 'x');
    folder.write(name, bytes);
    const std::time_t when = std::time(nullptr) - std::time_t{days_ago} * 24 * 60 * 60;
    const timespec times[2] = {{when, 0}, {when, 0}};
    REQUIRE(::utimensat(AT_FDCWD, folder.path(name).c_str(), times, 0) == 0);
}

std::string names(const std::vector<StoredIndex>& stored) {
    std::string all;
    for (const auto& each : stored) all += each.path.substr(each.path.rfind('/') + 1) + " ";
    return all;
}

}  // namespace

TEST_CASE("indexes are listed, the one used last first; other files are none") {
    const TemporaryFolder folder;
    store(folder, "aa.gsym", 10, 3);
    store(folder, "bb.gsym", 20, 1);
    store(folder, "other.txt", 5, 0);
    const auto stored = list(folder.root());
    REQUIRE(stored);
    CHECK(names(*stored) == "bb.gsym aa.gsym ");
    CHECK((*stored)[0].size == 20);
    CHECK(list(folder.path("missing"))->empty());
}

TEST_CASE("what was used longest ago is removed until the rest is small enough, and what is old") {
    const TemporaryFolder folder;
    store(folder, "aa.gsym", 100, 3);
    store(folder, "bb.gsym", 100, 1);
    store(folder, "cc.gsym", 100, 2);
    CHECK(names(*prune(folder.root(), {.bytes = 1000})) == "");
    CHECK(names(*prune(folder.root(), {.bytes = 250})) == "aa.gsym ");
    CHECK(names(*list(folder.root())) == "bb.gsym cc.gsym ");
    CHECK(names(*prune(folder.root(), {.age = std::chrono::hours(36)})) == "cc.gsym ");
    CHECK(names(*prune(folder.root(), {.bytes = 0})) == "bb.gsym ");
}

TEST_CASE("what a writer left that was stopped is removed after an hour, not before") {
    const TemporaryFolder folder;
    store(folder, "aa.gsym.part-1", 10, 1);
    store(folder, "bb.gsym.part-2", 10, 0);
    REQUIRE(prune(folder.root(), {}));
    CHECK_FALSE(std::filesystem::exists(folder.path("aa.gsym.part-1")));
    CHECK(std::filesystem::exists(folder.path("bb.gsym.part-2")));
}

TEST_CASE("use is noted once a day") {
    const TemporaryFolder folder;
    store(folder, "aa.gsym", 10, 3);
    note_use(folder.path("aa.gsym"));
    const auto age = std::chrono::system_clock::now() - list(folder.root())->front().last_used;
    CHECK(age < std::chrono::hours(1));
}

TEST_CASE("the folder is that of the user's cache") {
    ::setenv("XDG_CACHE_HOME", "/some/cache", 1);
    CHECK(default_directory() == "/some/cache/symline");
    ::setenv("XDG_CACHE_HOME", "relative", 1);
    ::setenv("HOME", "/some/home", 1);
    CHECK(default_directory() == "/some/home/.cache/symline");
    ::unsetenv("XDG_CACHE_HOME");
    CHECK(path_in("/d", "00ff.gsym") == "/d/00ff.gsym");
}
