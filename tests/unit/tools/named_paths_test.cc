#include "tools/named_paths.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "support/files.h"

using namespace symline;
using namespace symline::tools;

TEST_CASE("a path of a command line is of the kind that its option wants") {
    test::TemporaryFolder folder;
    const std::string file = folder.write("file", "text");
    const std::string fifo = folder.path("fifo");
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK(problem_with({file, PathKind::file}).empty());
    CHECK(problem_with({file, PathKind::file_or_folder}).empty());
    CHECK(problem_with({folder.root(), PathKind::folder}).empty());
    CHECK(problem_with({folder.root(), PathKind::file_or_folder}).empty());
    CHECK(problem_with({folder.root(), PathKind::file}) ==
          "'" + folder.root() + "': is a directory");
    CHECK(problem_with({file, PathKind::folder}) == "'" + file + "': is not a directory");
    CHECK(problem_with({fifo, PathKind::file}) == "'" + fifo + "': not a regular file");
    CHECK(problem_with({fifo, PathKind::file_or_folder}) == "'" + fifo + "': not a regular file");
    CHECK(problem_with({"", PathKind::file}) == "'': No such file or directory");
}

TEST_CASE("a file of /proc is a regular one") {
    CHECK(problem_with({"/proc/self/maps", PathKind::file}).empty());
}

TEST_CASE("the places of debug files are looked at in the order of the search") {
    DebugFileOptions places;
    places.debug_directories = {"/nonexistent/folder"};
    places.debug_files = {"/nonexistent/file"};
    std::vector<NamedPath> named;
    add_places(places, named);
    CHECK(first_problem(named) == "'/nonexistent/file': No such file or directory");
}

TEST_CASE("a sysroot and folders of sources are folders that are there") {
    DebugFileOptions places;
    std::vector<NamedPath> named;
    add_places(places, named);
    CHECK(first_problem(named).empty());
    places.sysroot = "/nonexistent/root";
    add_places(places, named);
    CHECK(first_problem(named) == "'/nonexistent/root': No such file or directory");
    named.clear();
    add_folders({"/", "/dev/null"}, named);
    CHECK(first_problem(named) == "'/dev/null': is not a directory");
}
