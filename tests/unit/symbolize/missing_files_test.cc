#include "symline/missing_files.h"

#include <doctest/doctest.h>

using namespace symline;

namespace {

using Missing = MissingModules::Missing;

Missing libc() {
    return {.name = "/usr/lib/libc.so.6",
            .build_id = BuildId::parse("00112233445566778899"),
            .package = Package{.name = "libc6", .version = "2.36-9"}};
}

}  // namespace

TEST_CASE("missing modules: what is known of each, and how to get them") {
    const DebugFileSource debian{.distribution = "Debian",
                                 .of_this_machine = true,
                                 .command = "apt-get install libc6-dbg",
                                 .server = "https://debuginfod.debian.net"};
    CHECK(
        describe(MissingModules{.modules = {libc()}, .source = debian}) ==
        "no debug file of libc.so.6 (build id 00112233445566778899, package libc6 2.36-9); to get "
        "it: apt-get install libc6-dbg, or set DEBUGINFOD_URLS=https://debuginfod.debian.net");
    auto elsewhere = debian;
    elsewhere.of_this_machine = false;
    elsewhere.remark = "from there";
    elsewhere.server.clear();
    const Missing lost{.name = "server", .code_found = false};
    CHECK(
        describe(MissingModules{.modules = {libc(), lost}, .source = elsewhere}) ==
        "no debug file of libc.so.6 (build id 00112233445566778899, package libc6 2.36-9), server "
        "(not found itself, no build id); to get them on Debian: apt-get install libc6-dbg, from "
        "there");
    CHECK(describe(
              MissingModules{.modules = {libc(), lost}, .source = debian, .source_has_all = false})
              .contains("; to get those of packages: apt-get install libc6-dbg"));
}

TEST_CASE("missing modules: a server that may have them") {
    const Missing library{.name = "/usr/lib/libx.so", .build_id = BuildId::parse("0011223344")};
    CHECK(describe(MissingModules{.modules = {library},
                                  .source = {.distribution = "Arch Linux",
                                             .server = "https://debuginfod.archlinux.org"}}) ==
          "no debug file of libx.so (build id 0011223344); the debuginfod server of Arch Linux may "
          "have it: set DEBUGINFOD_URLS=https://debuginfod.archlinux.org");
}

TEST_CASE("missing modules: what servers said, once") {
    Missing one{.name = "/a/one", .servers = "http://s: not there"};
    Missing two{.name = "/a/two", .servers = "http://s: not there"};
    CHECK(describe(MissingModules{.modules = {one, two}}) ==
          "no debug file of one (no build id), two (no build id); http://s: not there");
    two.servers = "http://s: timed out";
    CHECK(describe(MissingModules{.modules = {one, two}})
              .ends_with("; http://s: not there (one); http://s: timed out (two)"));
    CHECK(describe(MissingModules{.modules = {one}, .offline = true}) ==
          "no debug file of one (no build id); no debuginfod server was asked (offline)");
}

TEST_CASE("missing modules: of many the first are named") {
    MissingModules missing;
    for (int i = 0; i < 10; ++i) missing.modules.push_back({.name = "m" + std::to_string(i)});
    const auto line = describe(missing);
    CHECK(line.contains("m7 (no build id) and 2 more"));
    CHECK_FALSE(line.contains("m8"));
}

TEST_CASE("missing modules: what would be said of several files the same way is said once") {
    const Missing copy{.name = "/tmp/./x.so"};
    const Missing other{.name = "/tmp/y.so"};
    CHECK(describe(MissingModules{.modules = {{.name = "/tmp/x.so"}, copy, other}}) ==
          "no debug file of x.so (no build id), y.so (no build id)");
}
