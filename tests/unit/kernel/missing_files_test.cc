#include "kernel/missing_files.h"

#include <doctest/doctest.h>

#include "support/kernel_options.h"

using namespace symline;
using namespace symline::test;
using namespace symline::kernel;

namespace {

using Remedy = MissingFiles::Remedy;

/// Of a kernel without debug files, on a machine with Fedora.
MissingFiles missing(const TemporaryFolder& folder, KernelOptions options) {
    folder.write("etc/os-release", std::string_view("ID=fedora\n"));
    options.debug_files = debug_files_in({folder.path("debug")}, folder.root());
    LoadedKernel kernel(std::move(options));
    kernel.vmlinux();
    kernel.module("vfat", {});
    return missing_files(kernel).value();
}

std::string line(const TemporaryFolder& folder, KernelOptions options) {
    return describe(missing(folder, std::move(options)));
}

}  // namespace

TEST_CASE("missing files: nothing was looked for, and nothing is missing") {
    const LoadedKernel kernel({.release = "6.1.0-44-amd64"});
    CHECK_FALSE(missing_files(kernel));
}

TEST_CASE("missing files: the command of the distribution that the kernel is of") {
    const TemporaryFolder folder;
    CHECK(line(folder, {.release = "6.5.6-300.fc39.x86_64"}) ==
          "no debug file of kernel 6.5.6-300.fc39.x86_64: vmlinux, module vfat; "
          "to get them (out-of-tree modules aside): "
          "dnf debuginfo-install kernel-core-6.5.6-300.fc39.x86_64");
    CHECK(line(folder, {.release = "6.1.0-44-amd64"}) ==
          "no debug file of kernel 6.1.0-44-amd64: vmlinux, module vfat; "
          "to get them (out-of-tree modules aside) on Debian: "
          "apt-get install linux-image-6.1.0-44-amd64-dbg");
    const auto debian = missing(folder, {.release = "6.1.0-44-amd64"});
    CHECK(debian.release == "6.1.0-44-amd64");
    CHECK(debian.vmlinux);
    CHECK(debian.modules == std::vector<std::string>{"vfat"});
    CHECK(debian.remedy == Remedy::source);
    CHECK(debian.source.distribution == "Debian");
    CHECK_FALSE(debian.source.of_this_machine);
    CHECK(debian.source.command == "apt-get install linux-image-6.1.0-44-amd64-dbg");
    CHECK_FALSE(debian.servers_need_build_id);
}

TEST_CASE("missing files: a server is named where the build id is known, or nothing else is") {
    const TemporaryFolder folder;
    const auto build_id = BuildId::parse("00112233445566778899");
    CHECK(line(folder, {.release = "6.5.6-300.fc39.x86_64", .build_id = build_id})
              .ends_with("kernel-core-6.5.6-300.fc39.x86_64, or set "
                         "DEBUGINFOD_URLS=https://debuginfod.fedoraproject.org"));
    CHECK(missing(folder, {.release = "6.5.6-300.fc39.x86_64"}).source.server.empty());
    CHECK(line(folder, {.release = "6.9.7-arch1-1", .build_id = build_id})
              .ends_with(
                  "of Arch Linux may have them: DEBUGINFOD_URLS=https://debuginfod.archlinux.org "
                  "debuginfod-find debuginfo 00112233445566778899"));
    CHECK(line(folder, {.release = "6.9.7-arch1-1"})
              .ends_with("export DEBUGINFOD_URLS=https://debuginfod.archlinux.org "
                         "(by build id, which the text lacks)"));
}

TEST_CASE("missing files: this machine's distribution says nothing of another one's kernel") {
    const TemporaryFolder folder;
    CHECK(line(folder, {.release = "6.12.6"}) ==
          "no debug file of kernel 6.12.6: vmlinux, module vfat; its release is of no distribution "
          "that is known");
    CHECK(missing(folder, {.release = "6.12.6"}).remedy == Remedy::vmlinux);
    CHECK(line(folder, {.release = "6.8.12-4-pve"}) ==
          "no debug file of kernel 6.8.12-4-pve: vmlinux, module vfat; of Proxmox VE no package of "
          "debug files is known");
    CHECK(line(folder, {.release = "6.6.30-gentoo"})
              .ends_with("vfat; kernels of Gentoo are built on the machine, often in "
                         "/usr/src/linux"));
}

TEST_CASE("missing files: without a release it is the release that has to be named") {
    const TemporaryFolder folder;
    CHECK(line(folder, {}) == "no debug file of this kernel: vmlinux, module vfat");
    CHECK(missing(folder, {}).remedy == Remedy::release);
    // That one was refused with its reason.
    CHECK(missing(folder, {.vmlinux = "/nonexistent/vmlinux"}).remedy == Remedy::none);
}

TEST_CASE("missing files: what vmlinux came without is promised from no package") {
    const TemporaryFolder folder;
    const KernelOptions given{.vmlinux = fixture("mini-vmlinux-gcc"), .release = "6.1.0-44-amd64"};
    CHECK(missing(folder, given).remedy == Remedy::module_folder);
    CHECK(line(folder, given) ==
          "no debug file of kernel 6.1.0-44-amd64: module vfat; not among the files of this "
          "vmlinux");
}
