#include "find/distribution.h"

#include <doctest/doctest.h>

using namespace symline;
using namespace symline::find;

TEST_CASE("distribution: of an os-release, by its ID and what it is like") {
    CHECK(distribution("NAME=x\nID=debian\n") == "Debian");
    CHECK(distribution("ID=ubuntu\nID_LIKE=debian\n") == "Ubuntu");
    CHECK(distribution("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n") == "Ubuntu");
    CHECK(distribution("ID=fedora") == "Fedora");
    CHECK(distribution("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n") == "RHEL and its family");
    CHECK(distribution("ID=\"ol\"\nID_LIKE=\"fedora\"\n") == "Oracle Linux");
    CHECK(distribution("ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n") == "SUSE");
    CHECK(distribution("ID=sles\n") == "SUSE");
    CHECK(distribution("ID=arch\n") == "Arch Linux");
    CHECK(distribution("ID=\"openEuler\"\n") == "openEuler");
    CHECK(distribution("ID=alpine\n").empty());
    CHECK(distribution("").empty());
}

TEST_CASE("distribution: of the words of a package note") {
    CHECK(distribution_of_words("debian") == "Debian");
    CHECK(distribution_of_words("cpe:/o:fedoraproject:fedora:40") == "Fedora");
    CHECK(distribution_of_words("cpe:/o:redhat:enterprise_linux:9::baseos") ==
          "RHEL and its family");
    CHECK(distribution_of_words("cpe:/o:amazon:amazon_linux:2023") == "Amazon Linux");
    CHECK(distribution_of_words("cpe:/o:example:arched:1").empty());
    CHECK(distribution_of_words("").empty());
}

TEST_CASE("distribution: packages by build id") {
    const BuildId files[] = {*BuildId::parse("0011223344"), *BuildId::parse("aabb")};
    CHECK(install_by_build_id("Fedora", files) ==
          "dnf install --enablerepo='*debug*' 'debuginfo(build-id) = 0011223344' "
          "'debuginfo(build-id) = aabb'");
    CHECK(install_by_build_id("SUSE", std::span(files).first(1)) ==
          "zypper install -C 'debuginfo(build-id)=0011223344'");
    CHECK(install_by_build_id("Debian", files).empty());
    CHECK(install_by_build_id("Fedora", {}).empty());
}

TEST_CASE("distribution: servers") {
    CHECK(debuginfod_server("Debian") == "https://debuginfod.debian.net");
    CHECK(debuginfod_server("Kali Linux").empty());
}
