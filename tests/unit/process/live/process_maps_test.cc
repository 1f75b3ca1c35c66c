#include "process/live/process_maps.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "symline/process.h"

using namespace symline;

TEST_CASE("lines of /proc/PID/maps") {
    const auto maps = process::parse_maps(
        "55b65a4e9000-55b65a4ea000 r--p 00000000 08:01 1234                   /usr/bin/a b\n"
        "55b65a4ea000-55b65a4eb000 r-xp 00001000 08:01 1234                   /usr/bin/a b\n"
        "7f0000000000-7f0000001000 rw-p 00000000 00:00 0 \n"
        "7f0000001000-7f0000002000 rw-s 00000000 00:05 7   /dev/x\\012y (deleted)\n"
        "7ffc19e81000-7ffc19ea2000 rw-p 00000000 00:00 0                      [stack]\n"
        "nonsense\n");
    REQUIRE(maps.segments.size() == 5);
    CHECK(maps.segments[1].executable());
    CHECK_FALSE(maps.segments[1].writable());
    CHECK(maps.segments[4].writable());
    CHECK(maps.segments[4].name == "[stack]");
    CHECK(maps.segments[0].name.empty());
    REQUIRE(maps.files.size() == 3);
    CHECK(maps.files[1].path == "/usr/bin/a b");
    CHECK(maps.files[1].offset == 0x1000);
    CHECK(maps.files[2].path == "/dev/x\ny (deleted)");
}

TEST_CASE("the mappings of this process hold its own code") {
    const auto self = Process::open(::getpid());
    REQUIRE(self);
    const auto* mapping =
        mapping_at(self->mappings(), {reinterpret_cast<std::uint64_t>(&process::parse_maps)});
    REQUIRE(mapping != nullptr);
    CHECK(mapping->path.ends_with("symline_unit"));
    CHECK_FALSE(Process::open(0x7ffffff0));
}
