#include "find/split_file.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "support/files.h"

using namespace symline;
using namespace symline::test;
using Paths = std::vector<std::string>;

TEST_CASE("where a split file may be") {
    const find::SplitPlaces places{{"bin/program", "/dbg/program.debug"}, {"/usr/lib/debug"}};
    CHECK(find::split_file_paths(places, "o/a.dwo", "/build") ==
          Paths{"/build/o/a.dwo", "bin/a.dwo", "bin/o/a.dwo", "/dbg/a.dwo", "/dbg/o/a.dwo",
                "/usr/lib/debug/build/o/a.dwo"});
    CHECK(find::split_file_paths(places, "/o/a.dwo", "/build") ==
          Paths{"/o/a.dwo", "bin/a.dwo", "/dbg/a.dwo", "/usr/lib/debug/o/a.dwo"});
    // -fdebug-prefix-map leaves relative compilation directories.
    CHECK(find::split_file_paths({{"program"}, {}}, "a.dwo", "./sub") ==
          Paths{"./sub/a.dwo", "a.dwo"});
    CHECK(find::split_file_paths(places, "", "/build").empty());
    CHECK(find::split_file_paths({{"program"}, {}}, std::string(5000, 'a'), "/b").empty());
}

TEST_CASE("where a package may be") {
    const TemporaryFolder folder;
    const auto program = folder.write("program", "x");
    CHECK(find::package_paths({{program, "/dbg/program.debug"}, {"/usr/lib/debug"}}) ==
          Paths{program + ".dwp", "/dbg/program.debug.dwp", "/dbg/program.dwp",
                "/usr/lib/debug" + program + ".dwp", "/usr/lib/debug/dbg/program.debug.dwp"});
    std::filesystem::create_symlink("program", folder.path("link"));
    CHECK(find::package_paths({{folder.path("link")}, {}}) ==
          Paths{folder.path("link") + ".dwp", program + ".dwp"});
}

TEST_CASE("files named by a program are opened when they are files") {
    CHECK(find::open_named_file("/dev/null").error().code == ErrorCode::not_a_file);
    CHECK(find::open_named_file("/nowhere/at/all").error().code == ErrorCode::not_found);
    CHECK(find::open_named_file(fixture("split/c-gcc-dwarf5-main.dwo")).has_value());
}
