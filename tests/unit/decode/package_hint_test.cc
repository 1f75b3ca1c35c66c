#include "decode/package_hint.h"

#include <doctest/doctest.h>

#include "support/files.h"

using namespace symline;
using namespace symline::test;
using namespace symline::decode;

TEST_CASE("hint: the distribution of an os-release, by its ID and what it is like") {
    CHECK(distribution("NAME=x\nID=debian\n") == "debian");
    CHECK(distribution("ID=ubuntu\nID_LIKE=debian\n") == "ubuntu");
    CHECK(distribution("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n") == "ubuntu");
    CHECK(distribution("ID=fedora") == "fedora");
    CHECK(distribution("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n") == "rhel");
    CHECK(distribution("ID=\"ol\"\nID_LIKE=\"fedora\"\n") == "rhel");
    CHECK(distribution("ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n") == "suse");
    CHECK(distribution("ID=sles\n") == "suse");
    CHECK(distribution("ID=arch\n") == "arch");
    CHECK(distribution("ID=\"openEuler\"\n") == "openeuler");
    CHECK(distribution("ID=alpine\n").empty());
    CHECK(distribution("").empty());
}

TEST_CASE("hint: the distribution that a release shows") {
    CHECK(distribution_of_release("6.1.0-44-amd64") == "debian");
    CHECK(distribution_of_release("6.1.0-44-cloud-amd64") == "debian");
    CHECK(distribution_of_release("5.15.0-91-generic") == "ubuntu");
    CHECK(distribution_of_release("6.5.6-300.fc39.x86_64") == "fedora");
    CHECK(distribution_of_release("5.14.0-427.13.1.el9_4.x86_64") == "rhel");
    CHECK(distribution_of_release("5.10.0-136.12.0.86.oe2203sp1.x86_64") == "openeuler");
    CHECK(distribution_of_release("6.4.0-150600.21-default") == "suse");
    CHECK(distribution_of_release("6.9.7-arch1-1") == "arch");
    CHECK(distribution_of_release("6.12.6").empty());
    CHECK(distribution_of_release("5.10.0.elf").empty());
}

TEST_CASE("hint: the command of each distribution") {
    CHECK(install_command("debian", "6.1.0-44-amd64", "") ==
          "apt-get install linux-image-6.1.0-44-amd64-dbg");
    CHECK(install_command("ubuntu", "5.15.0-91-generic", "") ==
          "apt-get install linux-image-unsigned-5.15.0-91-generic-dbgsym");
    CHECK(install_command("fedora", "6.5.6-300.fc39.x86_64", "") ==
          "dnf debuginfo-install kernel-core-6.5.6-300.fc39.x86_64");
    CHECK(install_command("fedora", "6.5.6-300.fc39.x86_64+debug", "") ==
          "dnf debuginfo-install kernel-debug-core-6.5.6-300.fc39.x86_64");
    CHECK(install_command("rhel", "3.10.0-1160.el7.x86_64", "") ==
          "debuginfo-install kernel-3.10.0-1160.el7.x86_64");
    CHECK(install_command("openeuler", "5.10.0-136.oe2203.x86_64", "") ==
          "dnf install kernel-debuginfo-5.10.0-136.oe2203.x86_64");
    CHECK(install_command("suse", "6.4.0-150600.21-default", "") ==
          "zypper install kernel-default-debuginfo=6.4.0-150600.21");
    CHECK(install_command("suse", "6.4.0-150600.21-default", "0011") ==
          "zypper install -C 'debuginfo(build-id)=0011'");
    CHECK(install_command("arch", "6.9.7-arch1-1", "") ==
          "export DEBUGINFOD_URLS=https://debuginfod.archlinux.org");
    CHECK(install_command("arch", "6.9.7-arch1-1", "0011") ==
          "DEBUGINFOD_URLS=https://debuginfod.archlinux.org debuginfod-find debuginfo 0011");
    CHECK(install_command("", "6.12.6", "").empty());
}

TEST_CASE("hint: one line with the command of the log's distribution, else of this machine's") {
    const TemporaryFolder folder;
    folder.write("etc/os-release", std::string_view("ID=fedora\n"));
    const auto hint = [&](const char* release) {
        kernel::KernelOptions options;
        options.release = release;
        options.folders.sysroot = folder.root();
        options.folders.debug_directories = {folder.path("debug")};
        kernel::Kernel kernel(std::move(options));
        kernel.vmlinux();
        kernel.module("vfat", {});
        return missing_files_hint(kernel, folder.root());
    };
    CHECK(hint("6.5.6-300.fc39.x86_64") ==
          "no debug file of kernel 6.5.6-300.fc39.x86_64: vmlinux, module vfat; to get it: "
          "dnf debuginfo-install kernel-core-6.5.6-300.fc39.x86_64");
    CHECK(hint("6.1.0-44-amd64") ==
          "no debug file of kernel 6.1.0-44-amd64: vmlinux, module vfat; to get it on debian: "
          "apt-get install linux-image-6.1.0-44-amd64-dbg");
    CHECK(hint("6.12.6") ==
          "no debug file of kernel 6.12.6: vmlinux, module vfat; to get it: "
          "dnf debuginfo-install kernel-core-6.12.6");
}
