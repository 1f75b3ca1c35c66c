#include "dwarf/path_join.h"

#include <doctest/doctest.h>

#include <string>

using symline::dwarf::FileEntry;
using symline::dwarf::join_path;

TEST_CASE("directory, name and compilation directory are joined once") {
    const struct {
        const char* what;
        const char* compilation_directory;
        FileEntry entry;
        const char* path;
        unsigned directory_size;
    } cases[] = {
        {"in the compilation directory", "/usr/src", {"a.c", "/usr/src", true}, "/usr/src/a.c", 9},
        {"a relative directory", "/usr/src", {"a.h", "include", false}, "/usr/src/include/a.h", 9},
        {"an absolute directory",
         "/usr/src",
         {"a.h", "/usr/include", false},
         "/usr/include/a.h",
         0},
        {"an absolute directory below",
         "/usr/src",
         {"a.h", "/usr/src/lib", false},
         "/usr/src/lib/a.h",
         0},
        {"an absolute name", "/usr/src", {"/tmp/a.c", "include", false}, "/tmp/a.c", 0},
        {"an absolute name, directory 0",
         "/usr/src",
         {"/usr/src/a.c", "/usr/src", true},
         "/usr/src/a.c",
         0},
        {"a name with a directory",
         "/usr/src",
         {"lib/a.c", "/usr/src", true},
         "/usr/src/lib/a.c",
         9},
        {"a trailing slash", "/usr/src/", {"a.h", "include/", false}, "/usr/src/include/a.h", 9},
        {"a trailing slash, directory 0",
         "/usr/src/",
         {"a.c", "/usr/src/", true},
         "/usr/src/a.c",
         9},
        {"the root", "/", {"a.c", "/", true}, "/a.c", 1},
        {"nothing is normalised",
         "/usr/src",
         {"./a.h", "../include", false},
         "/usr/src/../include/./a.h",
         9},
        {"a relative compilation directory",
         "./stdlib",
         {"msort.c", "./stdlib", true},
         "./stdlib/msort.c",
         9},
        {"joined by the compiler already",
         "./stdlib",
         {"msort.c", "./stdlib", false},
         "./stdlib/msort.c",
         9},
        {"and below", "./stdlib", {"far.h", "./stdlib/x", false}, "./stdlib/x/far.h", 9},
        {"the same letters only", "./std", {"far.h", "./stdlib", false}, "./std/./stdlib/far.h", 6},
        {"no compilation directory", "", {"a.c", "", true}, "a.c", 0},
        {"nor an absolute one", "", {"a.h", "include", false}, "include/a.h", 0},
        {"no directory", "/usr/src", {"a.h", "", false}, "/usr/src/a.h", 9},
    };
    for (const auto& each : cases) {
        CAPTURE(each.what);
        const auto joined = join_path(each.entry, each.compilation_directory);
        CHECK(joined.text == each.path);
        CHECK(joined.compilation_directory_size == each.directory_size);
    }
}
