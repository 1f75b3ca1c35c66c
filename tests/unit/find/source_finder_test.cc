#include "find/source_finder.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "support/files.h"

using namespace symline;
using namespace symline::find;
using symline::test::TemporaryFolder;

namespace {

std::string path_of(const std::optional<FoundSource>& found) {
    return found ? found->path : "none";
}

WantedSource wanted(std::string_view path) {
    return {.path = path, .build_id = {}, .code_file = {}};
}

}  // namespace

TEST_CASE("source path: dots go, as far as the text says where to") {
    CHECK(plain_path("/a/./b//c/../d.c") == "/a/b/d.c");
    CHECK(plain_path("./kernel/fork.c") == "kernel/fork.c");
    CHECK(plain_path("/../../etc") == "/etc");
    CHECK(plain_path("../../a/../b") == "../../b");
    CHECK(plain_path("a/..").empty());
    CHECK(plain_path("").empty());
}

TEST_CASE("source directories: the longest end of the path wins, then the first folder") {
    const TemporaryFolder folder;
    const auto one = folder.path("one");
    const auto two = folder.path("two");
    folder.write("one/main.c", "1");
    folder.write("one/net/tcp.c", "1");
    folder.write("two/init/main.c", "2");
    folder.write("two/net/tcp.c", "2");
    const SourceDirectories finder({one, two});
    CHECK(path_of(finder.find(wanted("/build/x/init/main.c"))) == two + "/init/main.c");
    CHECK(path_of(finder.find(wanted("/build/x/./net/tcp.c"))) == one + "/net/tcp.c");
    CHECK(path_of(finder.find(wanted("net/ipv4/../tcp.c"))) == one + "/net/tcp.c");
    CHECK(path_of(finder.find(wanted("main.c"))) == one + "/main.c");
    CHECK_FALSE(finder.find(wanted("/build/none.c")).has_value());
}

TEST_CASE("source directories: a name alone is not enough, with the folder's name it is") {
    const TemporaryFolder folder;
    const auto file = folder.write("one/main.c", "1");
    const std::vector<std::string> directories{folder.path("two"), folder.path("one")};
    const SourceDirectories finder(directories);
    CHECK(path_of(finder.find(wanted("/build/one/main.c"))) == file);
    CHECK(path_of(finder.find(wanted("/build/other/main.c"))) == "none");
    const auto by_name = SourceFileNames(directories).find(wanted("/build/other/main.c"));
    CHECK(path_of(by_name) == file);
    CHECK(by_name->by_name_only);
    CHECK_FALSE(SourceFileNames(directories).find(wanted("/build/none.c")).has_value());
    CHECK_FALSE(SourceFileNames(directories).find(wanted("/")).has_value());
}

TEST_CASE("source directories: nothing outside of them") {
    const TemporaryFolder folder;
    folder.write("secret.c", "x");
    folder.write("tree/a.c", "x");
    const SourceDirectories finder({folder.path("tree")});
    CHECK_FALSE(finder.find(wanted("../secret.c")).has_value());
    CHECK_FALSE(finder.find(wanted("/x/../../secret.c")).has_value());
    CHECK_FALSE(finder.find(wanted("..")).has_value());
    CHECK(path_of(finder.find(wanted("../../a.c"))) == folder.path("tree") + "/a.c");
    CHECK_FALSE(SourceFileNames({folder.path("tree")}).find(wanted("..")).has_value());
}

TEST_CASE("source files: regular files only") {
    const TemporaryFolder folder;
    folder.write("a.c/inside.c", "x");
    REQUIRE(::mkfifo(folder.path("pipe.c").c_str(), 0600) == 0);
    const SourceDirectories directories({folder.root()});
    const RecordedSource recorded;
    for (const std::string name : {"a.c", "pipe.c"}) {
        CHECK_FALSE(directories.find(wanted("/x/" + name)).has_value());
        CHECK_FALSE(recorded.find(wanted(folder.path(name))).has_value());
    }
    CHECK_FALSE(recorded.find(wanted("/dev/null")).has_value());
    const auto inside = folder.path("a.c/inside.c");
    CHECK(path_of(recorded.find(wanted(inside))) == inside);
    CHECK_FALSE(recorded.find(wanted(inside + std::string("\0x", 2))).has_value());
    CHECK_FALSE(recorded.find(wanted("/" + std::string(5000, '/') + inside)).has_value());
}

TEST_CASE("recorded path: below the root folder of the other machine") {
    const TemporaryFolder folder;
    const auto path = folder.write("root/usr/src/a.c", "x");
    const RecordedSource recorded(folder.path("root"));
    CHECK(path_of(recorded.find(wanted("/usr/src/a.c"))) == path);
    CHECK(path_of(recorded.find(wanted("/../usr/src/a.c"))) == path);
    CHECK_FALSE(recorded.find(wanted(path)).has_value());
    CHECK_FALSE(recorded.find(wanted("src/a.c")).has_value());
}

TEST_CASE("recorded path: links of the other machine lead nowhere outside of its root folder") {
    const TemporaryFolder folder;
    const auto secret = folder.write("secret/a.c", "x");
    folder.write("root/usr/src/a.c", "x");
    namespace fs = std::filesystem;
    fs::create_symlink(folder.path("secret"), folder.path("root/absolute"));
    fs::create_symlink("../../secret", folder.path("root/usr/relative"));
    fs::create_symlink("/usr/src", folder.path("root/src"));
    const RecordedSource recorded(folder.path("root"));
    CHECK_FALSE(recorded.find(wanted("/absolute/a.c")).has_value());
    CHECK_FALSE(recorded.find(wanted("/usr/relative/a.c")).has_value());
    CHECK(path_of(recorded.find(wanted("/src/a.c"))) == folder.path("root/usr/src/a.c"));
}

TEST_CASE(
    "source search: named folders before the recorded path, another build is asked for anew") {
    const TemporaryFolder folder;
    const auto mine = folder.write("mine/src/a.c", "x");
    const auto recorded = folder.write("src/a.c", "x");
    const auto other = folder.write("src/b.c", "x");
    SourceSearch search(source_finders({folder.path("mine")}, {}));
    REQUIRE(search.find(wanted(recorded)) != nullptr);
    CHECK(search.find(wanted(recorded))->path == mine);
    CHECK(search.find(wanted(other))->path == other);
    CHECK(search.find(wanted(folder.path("src/c.c"))) == nullptr);
    folder.write("src/c.c", "x");
    // What was not found is remembered, for the same build.
    CHECK(search.find(wanted(folder.path("src/c.c"))) == nullptr);
    auto of_build = wanted("");
    const auto late = folder.path("src/c.c");
    of_build.path = late;
    of_build.build_id = BuildId::parse("0123");
    CHECK(search.find(of_build) != nullptr);
}
