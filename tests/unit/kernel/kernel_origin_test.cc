#include "kernel/kernel_origin.h"

#include <doctest/doctest.h>

using namespace symline::kernel;

namespace {

struct Known {
    const char* release;
    const char* distribution;
    const char* command;
};

}  // namespace

TEST_CASE("origin: the package of each distribution that has one") {
    const Known table[] = {
        {"6.1.0-44-amd64", "Debian", "apt-get install linux-image-6.1.0-44-amd64-dbg"},
        {"6.1.0-44-cloud-amd64", "Debian", "apt-get install linux-image-6.1.0-44-cloud-amd64-dbg"},
        {"5.10.0-28-rt-amd64", "Debian", "apt-get install linux-image-5.10.0-28-rt-amd64-dbg"},
        {"6.12.57+deb13-arm64", "Debian", "apt-get install linux-image-6.12.57+deb13-arm64-dbg"},
        {"6.12.12+bpo-amd64", "Debian", "apt-get install linux-image-6.12.12+bpo-amd64-dbg"},
        {"6.1.0-0.deb11.7-amd64", "Debian",
         "apt-get install linux-image-6.1.0-0.deb11.7-amd64-dbg"},
        {"5.10.0-28-686-pae", "Debian", "apt-get install linux-image-5.10.0-28-686-pae-dbg"},
        {"6.11-rc5-amd64", "Debian", "apt-get install linux-image-6.11-rc5-amd64-dbg"},
        {"6.10.4-amd64", "Debian", "apt-get install linux-image-6.10.4-amd64-dbg"},
        {"6.5.0-kali3-amd64", "Kali Linux", "apt-get install linux-image-6.5.0-kali3-amd64-dbg"},
        {"5.15.0-91-generic", "Ubuntu",
         "apt-get install linux-image-unsigned-5.15.0-91-generic-dbgsym"},
        {"6.8.0-45-lowlatency", "Ubuntu",
         "apt-get install linux-image-unsigned-6.8.0-45-lowlatency-dbgsym"},
        {"6.8.0-1010-aws", "Ubuntu", "apt-get install linux-image-unsigned-6.8.0-1010-aws-dbgsym"},
        {"5.15.0-1053-azure", "Ubuntu",
         "apt-get install linux-image-unsigned-5.15.0-1053-azure-dbgsym"},
        {"5.4.0-1009-aws", "Ubuntu", "apt-get install 'linux-image*-5.4.0-1009-aws-dbgsym'"},
        {"5.4.0-1009-kvm", "Ubuntu", "apt-get install 'linux-image*-5.4.0-1009-kvm-dbgsym'"},
        {"5.4.0-1008-raspi", "Ubuntu", "apt-get install linux-image-5.4.0-1008-raspi-dbgsym"},
        {"4.4.0-210-generic", "Ubuntu", "apt-get install linux-image-4.4.0-210-generic-dbgsym"},
        {"6.5.6-300.fc39.x86_64", "Fedora",
         "dnf debuginfo-install kernel-core-6.5.6-300.fc39.x86_64"},
        {"6.5.6-300.fc39.x86_64+debug", "Fedora",
         "dnf install --enablerepo='*debug*' kernel-debug-debuginfo-6.5.6-300.fc39.x86_64"},
        {"6.8.0-0.rc1.20240125git6098d87eaf31.12.fc40.x86_64", "Fedora",
         "dnf debuginfo-install kernel-core-6.8.0-0.rc1.20240125git6098d87eaf31.12.fc40.x86_64"},
        {"5.14.0-427.13.1.el9_4.x86_64", "RHEL and its family",
         "dnf debuginfo-install kernel-core-5.14.0-427.13.1.el9_4.x86_64"},
        {"6.12.0-55.9.1.el10_0.aarch64", "RHEL and its family",
         "dnf debuginfo-install kernel-core-6.12.0-55.9.1.el10_0.aarch64"},
        {"4.18.0-513.9.1.rt7.311.el8_9.x86_64", "RHEL and its family",
         "dnf install --enablerepo='*debug*' "
         "kernel-rt-debuginfo-4.18.0-513.9.1.rt7.311.el8_9.x86_64"},
        {"3.10.0-1160.el7.x86_64", "RHEL and its family",
         "debuginfo-install kernel-3.10.0-1160.el7.x86_64"},
        {"5.15.0-202.135.2.el8uek.x86_64", "Oracle Linux",
         "dnf install kernel-uek-debuginfo-5.15.0-202.135.2.el8uek.x86_64"},
        {"4.14.311-233.529.amzn2.x86_64", "Amazon Linux",
         "debuginfo-install kernel-4.14.311-233.529.amzn2.x86_64"},
        {"6.1.102-108.177.amzn2023.x86_64", "Amazon Linux",
         "dnf install --enablerepo=amazonlinux-debuginfo "
         "kernel-debuginfo-6.1.102-108.177.amzn2023.x86_64"},
        {"5.10.0-136.12.0.86.oe2203sp1.x86_64", "openEuler",
         "dnf install kernel-debuginfo-5.10.0-136.12.0.86.oe2203sp1.x86_64"},
        {"6.6.102-5.2.an23.x86_64", "Anolis OS",
         "yum install kernel-debuginfo-6.6.102-5.2.an23.x86_64"},
        {"6.4.0-150600.21-default", "SUSE", "zypper search -s kernel-default-debuginfo"},
        {"5.14.21-150500.33.34-azure", "SUSE", "zypper search -s kernel-azure-debuginfo"},
        {"6.9.7-1-default", "SUSE", "zypper search -s kernel-default-debuginfo"},
    };
    for (const auto& [release, distribution, command] : table) {
        CAPTURE(release);
        const auto origin = kernel_origin(release, {});
        CHECK(origin.distribution == distribution);
        CHECK(origin.command == command);
    }
    CHECK(kernel_origin("6.1.0-44-amd64", {}).source == "linux-source-6.1");
    CHECK(kernel_origin("6.12.57+deb13-amd64", {}).source == "linux-source-6.12");
    CHECK(kernel_origin("5.15.0-91-generic", {}).source == "linux-source-5.15.0");
    CHECK(kernel_origin("6.9.7-arch1-1", {}).source.empty());
    CHECK(kernel_origin("6.4.0-150600.21-default", {}).remark ==
          "and install the one of version 6.4.0-150600.21.N");
    CHECK(kernel_origin("6.4.0-150600.21-default", "0011").command ==
          "zypper install -C 'debuginfo(build-id)=0011'");
    CHECK(kernel_origin("5.15.0-202.135.2.el8uek.x86_64", {}).remark ==
          "from https://oss.oracle.com/ol8/debuginfo");
}

TEST_CASE("origin: no package is invented for a kernel that has none") {
    const Known table[] = {
        {"5.15.153.1-microsoft-standard-WSL2", "Microsoft's WSL2", ""},
        {"4.4.0-19041-Microsoft", "Microsoft's WSL1", ""},
        {"6.8.12-4-pve", "Proxmox VE", ""},
        {"6.6.32-1-MANJARO", "Manjaro", ""},
        {"5.10.134-16.1.al8.x86_64", "Alibaba Cloud Linux", ""},
        {"6.12.22-27.96.amzn2023.x86_64", "Amazon Linux", ""},
        {"6.6.29.1-3.azl3", "Azure Linux", ""},
        {"5.15.148.2-2.cm2", "CBL-Mariner", ""},
        {"6.6.20+rpt-rpi-v8", "Raspberry Pi OS", ""},
        {"6.1.21-v8+", "Raspberry Pi OS", ""},
        {"6.12.6-1-liquorix-amd64", "Liquorix", ""},
        {"6.6.1-1.el9.elrepo.x86_64", "ELRepo", ""},
        {"3.10.0-1160.el7.centos.plus.x86_64", "CentOS Plus", ""},
        {"5.15.0-302.167.6.el9uek.aarch64+64k", "Oracle Linux", ""},
        {"6.11.8-400.asahi.fc41.aarch64+16k", "Fedora Asahi Remix", ""},
        {"6.8.0-060800-generic", "Ubuntu's mainline builds", ""},
        {"6.5.0-060500rc1-generic", "Ubuntu's mainline builds", ""},
        {"6.9.3-76060903-generic", "Pop!_OS", ""},
        {"6.6.36-0-lts", "Alpine Linux", ""},
        {"6.6.58-0-virt", "Alpine Linux", ""},
        {"5.10.149-android13-4-00003-g05231a35ff43-ab9850636", "Android", ""},
        {"6.6.30-gentoo-x86_64", "", ""},
        {"6.12.6", "", ""},     // NixOS, Slackware, or built by hand
        {"6.1.58+", "", ""},    // Container-Optimized OS, or built by hand
        {"6.9.0-rc3", "", ""},  //
        {"6.9.0-rc3-00012-g3b68086599f8", "", ""},
        {"6.9.0-dirty", "", ""},
        {"6.1.0-44-amd64-dirty", "", ""},
        {"6.9.0-rc1-next-20240327-syzkaller", "", ""},
        {"6.9.0-generic", "", ""},              // none of Ubuntu's
        {"6.1.63-current-rockchip64", "", ""},  // Armbian
        {"5.10.0.elf", "", ""},
        {"1.2.3-no-such", "", ""},
        {"", "", ""},
    };
    for (const auto& [release, distribution, command] : table) {
        CAPTURE(release);
        const auto origin = kernel_origin(release, "0011");
        CHECK(origin.distribution == distribution);
        CHECK(origin.command == command);
        CHECK(origin.server.empty());
    }
    CHECK(kernel_origin("5.10.149-android13-4-00003-g05231a35ff43-ab9850636", {}).remark ==
          "its vmlinux is one of the artifacts of build 9850636 on https://ci.android.com");
    CHECK(kernel_origin(std::string(100000, '1'), {}).command.empty());
}

TEST_CASE("origin: distributions whose kernels only a server may have") {
    const Known table[] = {
        {"6.9.7-arch1-1", "Arch Linux", "https://debuginfod.archlinux.org"},
        {"6.9.7-zen1-1-zen", "Arch Linux", "https://debuginfod.archlinux.org"},
        {"6.6.36-1-lts", "Arch Linux", "https://debuginfod.archlinux.org"},
        {"6.9.7-hardened1-1-hardened", "Arch Linux", "https://debuginfod.archlinux.org"},
        {"6.9.7-artix1-1", "Artix Linux", "https://debuginfod.artixlinux.org"},
        {"6.12.6-2-cachyos", "CachyOS", "https://debuginfod.cachyos.org"},
        {"6.6.32_1", "Void Linux", "https://debuginfod.s.voidlinux.org"},
        {"6.6.32-un-def-alt1", "ALT Linux", "https://debuginfod.altlinux.org"},
    };
    for (const auto& [release, distribution, server] : table) {
        CAPTURE(release);
        const auto origin = kernel_origin(release, {});
        CHECK(origin.distribution == distribution);
        CHECK(origin.server == server);
        CHECK(origin.command.empty());
    }
}
