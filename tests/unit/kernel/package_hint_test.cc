#include "kernel/package_hint.h"

#include <doctest/doctest.h>

#include "support/kernel_options.h"

using namespace symline;
using namespace symline::test;
using namespace symline::kernel;

namespace {

/// On a machine with Fedora and no debug files.
std::string hint(const TemporaryFolder& folder, KernelOptions options,
                 std::string_view vmlinux_argument = "-k BUILD/vmlinux",
                 std::string_view no_release = {}) {
    folder.write("etc/os-release", std::string_view("ID=fedora\n"));
    options.debug_files = debug_files_in({folder.path("debug")}, folder.root());
    LoadedKernel kernel(std::move(options));
    kernel.vmlinux();
    kernel.module("vfat", {});
    return missing_files_hint(kernel, vmlinux_argument, no_release);
}

}  // namespace

TEST_CASE("hint: one line with the command of the log's distribution") {
    const TemporaryFolder folder;
    CHECK(hint(folder, {.release = "6.5.6-300.fc39.x86_64"}) ==
          "no debug file of kernel 6.5.6-300.fc39.x86_64: vmlinux, module vfat; "
          "to get them (out-of-tree modules aside): "
          "dnf debuginfo-install kernel-core-6.5.6-300.fc39.x86_64");
    CHECK(hint(folder, {.release = "6.1.0-44-amd64"}) ==
          "no debug file of kernel 6.1.0-44-amd64: vmlinux, module vfat; "
          "to get them (out-of-tree modules aside) on Debian: "
          "apt-get install linux-image-6.1.0-44-amd64-dbg");
}

TEST_CASE("hint: a server is named where the build id is known, or nothing else is") {
    const TemporaryFolder folder;
    const auto build_id = BuildId::parse("00112233445566778899");
    CHECK(hint(folder, {.release = "6.5.6-300.fc39.x86_64", .build_id = build_id})
              .ends_with("kernel-core-6.5.6-300.fc39.x86_64, or set "
                         "DEBUGINFOD_URLS=https://debuginfod.fedoraproject.org"));
    CHECK(hint(folder, {.release = "6.9.7-arch1-1", .build_id = build_id})
              .ends_with(
                  "of Arch Linux may have them: DEBUGINFOD_URLS=https://debuginfod.archlinux.org "
                  "debuginfod-find debuginfo 00112233445566778899"));
    CHECK(hint(folder, {.release = "6.9.7-arch1-1"})
              .ends_with("export DEBUGINFOD_URLS=https://debuginfod.archlinux.org "
                         "(by build id, which the text lacks)"));
}

TEST_CASE("hint: this machine's distribution says nothing of another one's kernel") {
    const TemporaryFolder folder;
    CHECK(hint(folder, {.release = "6.12.6"}) ==
          "no debug file of kernel 6.12.6: vmlinux, module vfat; its release is of no distribution "
          "that is known; -k BUILD/vmlinux gives the file of a kernel built by hand, "
          "--debug-package that of a package");
    CHECK(hint(folder, {.release = "6.8.12-4-pve"}, "BUILD/vmlinux after the dump") ==
          "no debug file of kernel 6.8.12-4-pve: vmlinux, module vfat; of Proxmox VE no package of "
          "debug files is known; BUILD/vmlinux after the dump gives the file of a kernel built by "
          "hand, --debug-package that of a package");
    CHECK(
        hint(folder, {.release = "6.6.30-gentoo"})
            .contains("vfat; kernels of Gentoo are built on the machine, often in /usr/src/linux; "
                      "-k BUILD/vmlinux"));
}

TEST_CASE("hint: without a release, what the caller says of that, or how a file is given") {
    const TemporaryFolder folder;
    CHECK(hint(folder, {}, "-k FILE", "the text names no release: -r does") ==
          "no debug file of this kernel: vmlinux, module vfat; the text names no release: -r does");
    CHECK(hint(folder, {}, "-k FILE") ==
          "no debug file of this kernel: vmlinux, module vfat; -k FILE gives the file of a kernel "
          "built by hand");
    // That one was refused with its reason.
    CHECK(hint(folder, {.vmlinux = "/nonexistent/vmlinux"}) ==
          "no debug file of this kernel: vmlinux, module vfat");
}

TEST_CASE("hint: what vmlinux came without is promised from no package") {
    const TemporaryFolder folder;
    CHECK(hint(folder, {.vmlinux = fixture("mini-vmlinux-gcc"), .release = "6.1.0-44-amd64"}) ==
          "no debug file of kernel 6.1.0-44-amd64: module vfat; not among the files of this "
          "vmlinux: -m FOLDER names where it is");
}
