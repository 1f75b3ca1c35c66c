#include "kernel/source_root.h"

#include <doctest/doctest.h>

#include "support/files.h"

using namespace symline;
using namespace symline::test;

TEST_CASE("source root: what stands before init/main.c") {
    CHECK(kernel::source_root_of("/build/linux-6.1/init/main.c") == "/build/linux-6.1/");
    CHECK(kernel::source_root_of("./init/main.c") == "./");
    CHECK(kernel::source_root_of("init/main.c").empty());
    CHECK(kernel::source_root_of("/build/linux-6.1/init/main.h").empty());
    CHECK(kernel::source_root_of("").empty());
}

TEST_CASE("source root: of vmlinux, by its start_kernel") {
    auto vmlinux = Module::open(fixture("mini-vmlinux-gcc"));
    REQUIRE(vmlinux);
    CHECK(kernel::source_root(*vmlinux) == "/usr/src/mini-linux/./");
    kernel::KernelFile file(std::move(*vmlinux), FoundBy::explicit_path);
    CHECK(kernel::source_root(file) == "/usr/src/mini-linux/./");
}

TEST_CASE("source root: a module has none") {
    const auto module = Module::open(fixture("mini-module.ko"));
    REQUIRE(module);
    CHECK(kernel::source_root(*module).empty());
}
