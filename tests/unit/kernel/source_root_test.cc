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
    CHECK(kernel::source_roots(file).tree == "/usr/src/mini-linux/./");
    CHECK(kernel::source_roots(file).assembler.empty());
}

TEST_CASE("source root: of assembler files, what stands before arch/") {
    CHECK(
        kernel::assembler_root_of("/build/reproducible-path/linux-6.1/arch/x86/entry/entry_64.S") ==
        "/build/reproducible-path/linux-6.1/");
    CHECK(kernel::assembler_root_of("/home/arch/linux/arch/arm64/kernel/head.S") ==
          "/home/arch/linux/");
    CHECK(kernel::assembler_root_of("arch/x86/entry/entry_64.S").empty());
    CHECK(kernel::assembler_root_of("/build/linux/arch/x86/entry/common.c").empty());
    CHECK(kernel::assembler_root_of("/build/linux/lib/x.S").empty());
}

TEST_CASE("source root: of assembler files, where the compiler's paths were mapped") {
    auto vmlinux = Module::open(fixture("mini-vmlinux-mapped"));
    REQUIRE(vmlinux);
    kernel::KernelFile file(std::move(*vmlinux), FoundBy::explicit_path);
    const auto roots = kernel::source_roots(file);
    CHECK(roots.tree == "debian/build/amd64/./");
    CHECK(roots.assembler == "/usr/src/mini-linux/./");
}

TEST_CASE("source root: a module has none") {
    const auto module = Module::open(fixture("mini-module.ko"));
    REQUIRE(module);
    CHECK(kernel::source_root(*module).empty());
}
