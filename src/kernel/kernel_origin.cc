#include "kernel/kernel_origin.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "base/text.h"
#include "find/distribution.h"
#include "kernel/release_form.h"

namespace symline::kernel {
namespace {

using base::is_digit;

// The names of packages are those of the distributions' archives, as apt, dnf and zypper list them.

using namespace find;  // the distributions

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
    return std::ranges::find(words, word) != words.end();
}

/// The flavours of Debian's kernels that are built with debug information: those of armel are not.
bool is_debian_flavour(std::string_view text) {
    constexpr std::array<std::string_view, 21> kFlavours{
        "amd64",           "arm64",      "686",         "686-pae",   "586",     "armmp",
        "armmp-lpae",      "s390x",      "powerpc64le", "riscv64",   "loong64", "arm64-16k",
        "mips64r2el",      "mips32r2el", "4kc-malta",   "5kc-malta", "octeon",  "loongson-3",
        "powerpc64le-64k", "powerpc64",  "mips64r6el"};
    for (const std::string_view kind : {"cloud-", "rt-"}) {
        if (text.starts_with(kind)) {
            text.remove_prefix(kind.size());
            break;
        }
    }
    return is_one_of(text, kFlavours);
}

/// The releases that Debian and Kali give, without "-FLAVOUR": of stable ("6.1.0-44"), testing
/// ("6.12.6", "6.11-rc5", "6.12.57+deb13") and backports ("6.12.12+bpo", "6.1.0-0.deb11.7").
bool is_debian_release(std::string_view release) {
    constexpr std::array<std::string_view, 15> kForms{
        "#.#.#-#",     "#.#.#+deb#",  "#.#.#+deb#.#",   "#.#.#+deb#+#",
        "#.#.#+bpo",   "#.#.#+bpo.#", "#.#.#-0.deb#.#", "#.#.#-0.bpo.#",
        "#.#.#-kali#", "#.#.#+kali",  "#.#.#",          "#.#",
        "#.#-rc#",     "#.#.#-rc#",   "#.#.#+kali.#"};
    for (auto dash = release.find('-'); dash != release.npos; dash = release.find('-', dash + 1)) {
        if (!is_debian_flavour(release.substr(dash + 1))) continue;
        const auto version = release.substr(0, dash);
        return std::ranges::any_of(kForms, [&](auto form) { return has_form(version, form); });
    }
    return false;
}

/// "6.1" of "6.1.0-44-amd64".
std::string version_of(std::string_view release) {
    const auto minor = release.find('.') + 1;
    const auto end = release.find_first_not_of("0123456789", minor);
    return std::string(release.substr(0, end));
}

KernelOrigin debian(std::string_view release, std::string_view /*build_id*/) {
    const bool kali = release.find("kali") != release.npos;
    return {.distribution = kali ? kKali : kDebian,
            .command = "apt-get install linux-image-" + std::string(release) + "-dbg",
            .source = "linux-source-" + version_of(release),
            .server = kali ? "" : debuginfod_server(kDebian)};
}

/// "5.15.0-91" of "5.15.0-91-generic" is a version and the number of an upload, which has four
/// digits at most; those of mainline builds ("6.8.0-060800") and of System76 have more.
struct UbuntuRelease {
    int major = 0;
    int minor = 0;
    std::string_view flavour;
};

int number_at(std::string_view text) {
    int number = 0;
    for (std::size_t i = 0; i < text.size() && i < 6 && is_digit(text[i]); ++i) {
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

UbuntuRelease ubuntu_release(std::string_view release) {
    UbuntuRelease parts;
    parts.major = number_at(release);
    parts.minor = number_at(release.substr(release.find('.') + 1));
    const auto dash = release.find('-');
    parts.flavour = release.substr(release.find('-', dash + 1) + 1);
    return parts;
}

bool is_ubuntu_release(std::string_view release) {
    constexpr std::array<std::string_view, 34> kFlavours{"generic",
                                                         "generic-64k",
                                                         "generic-lpae",
                                                         "lowlatency",
                                                         "lowlatency-64k",
                                                         "aws",
                                                         "aws-64k",
                                                         "aws-fips",
                                                         "azure",
                                                         "azure-fde",
                                                         "azure-fips",
                                                         "azure-cvm",
                                                         "gcp",
                                                         "gcp-64k",
                                                         "gcp-fips",
                                                         "gke",
                                                         "gkeop",
                                                         "ibm",
                                                         "kvm",
                                                         "oem",
                                                         "oracle",
                                                         "oracle-64k",
                                                         "raspi",
                                                         "raspi2",
                                                         "nvidia",
                                                         "nvidia-64k",
                                                         "realtime",
                                                         "intel",
                                                         "intel-iotg",
                                                         "snapdragon",
                                                         "bluefield",
                                                         "fips",
                                                         "xilinx-zynqmp",
                                                         "nvidia-lowlatency"};
    if (!has_form(release, "#.#.#-#-*")) return false;
    const auto dash = release.find('-');
    const auto upload = release.find('-', dash + 1) - dash - 1;
    return upload <= 4 && is_one_of(release.substr(dash + upload + 2), kFlavours);
}

/// Where a kernel is signed, the debug files are those of the image before that. Since when a
/// flavour is signed, and on which architectures, its release does not show: where both happened,
/// apt chooses by a pattern.
std::string ubuntu_package(std::string_view release) {
    const auto [major, minor, flavour] = ubuntu_release(release);
    const auto since = [&](int of, int least) {
        return major > of || (major == of && minor >= least);
    };
    constexpr std::array<std::string_view, 4> kNeverSigned{"raspi", "raspi2", "generic-lpae",
                                                           "snapdragon"};
    constexpr std::array<std::string_view, 4> kGeneric{"generic", "generic-64k", "lowlatency",
                                                       "lowlatency-64k"};
    constexpr std::array<std::string_view, 4> kClouds{"aws", "azure", "gcp", "oracle"};
    const std::string name(release);
    if (!since(4, 15) || is_one_of(flavour, kNeverSigned)) return "linux-image-" + name + "-dbgsym";
    const bool is_signed =
        is_one_of(flavour, kGeneric) || (since(5, 15) && is_one_of(flavour, kClouds));
    if (is_signed) return "linux-image-unsigned-" + name + "-dbgsym";
    return "'linux-image*-" + name + "-dbgsym'";
}

KernelOrigin ubuntu(std::string_view release, std::string_view /*build_id*/) {
    return {.distribution = kUbuntu,
            .command = "apt-get install " + ubuntu_package(release),
            .remark = "from http://ddebs.ubuntu.com",
            .source = "linux-source-" + std::string(release.substr(0, release.find('-'))),
            .server = debuginfod_server(kUbuntu)};
}

/// "6.5.6-300.fc39.x86_64+debug" is of kernel-debug, "...x86_64" of kernel.
std::string rpm_debuginfo(std::string_view release) {
    const auto plus = release.find('+');
    const std::string name(release.substr(0, plus));
    if (plus == release.npos) return "dnf debuginfo-install kernel-core-" + name;
    return "dnf install --enablerepo='*debug*' kernel-" + std::string(release.substr(plus + 1)) +
           "-debuginfo-" + name;
}

KernelOrigin fedora(std::string_view release, std::string_view /*build_id*/) {
    return {.distribution = kFedora,
            .command = rpm_debuginfo(release),
            .server = debuginfod_server(kFedora)};
}

KernelOrigin rhel(std::string_view release, std::string_view /*build_id*/) {
    KernelOrigin origin{.distribution = kRhel};
    if (has_form(release, "*.el6.!") || has_form(release, "*.el7.!")) {
        const bool realtime = release.find(".rt") != release.npos;
        origin.command = std::string("debuginfo-install kernel-") + (realtime ? "rt-" : "") +
                         std::string(release);
    } else if (release.find(".rt") != release.npos) {
        origin.command =
            "dnf install --enablerepo='*debug*' kernel-rt-debuginfo-" + std::string(release);
    } else {
        origin.command = rpm_debuginfo(release);
        // Only CentOS Stream has no minor version there.
        if (has_form(release, "*.el#.!")) origin.server = "https://debuginfod.centos.org";
    }
    return origin;
}

KernelOrigin oracle_uek(std::string_view release, std::string_view /*build_id*/) {
    const auto el = release.find(".el");
    const auto end = release.find("uek", el);
    const std::string version(release.substr(el + 3, end - el - 3));
    return {.distribution = kOracle,
            // "+64k" and "+debug" are of packages of other names.
            .command = release.contains('+')
                           ? std::string()
                           : "dnf install kernel-uek-debuginfo-" + std::string(release),
            .remark = "from https://oss.oracle.com/ol" + version.substr(0, version.find('_')) +
                      "/debuginfo"};
}

KernelOrigin amazon(std::string_view release, std::string_view /*build_id*/) {
    KernelOrigin origin{.distribution = kAmazon};
    if (release.find(".amzn2.") != release.npos) {
        origin.command = "debuginfo-install kernel-" + std::string(release);
    } else if (release.starts_with("6.1.")) {
        // Later kernels are packages of other names there.
        origin.command = "dnf install --enablerepo=amazonlinux-debuginfo kernel-debuginfo-" +
                         std::string(release);
    }
    return origin;
}

KernelOrigin open_euler(std::string_view release, std::string_view /*build_id*/) {
    return {.distribution = kOpenEuler,
            .command = "dnf install kernel-debuginfo-" + std::string(release)};
}

KernelOrigin anolis(std::string_view release, std::string_view /*build_id*/) {
    return {.distribution = kAnolis,
            .command = "yum install kernel-debuginfo-" + std::string(release)};
}

/// The release of the package counts rebuilds, which uname -r does not: only the build id names it.
KernelOrigin suse(std::string_view release, std::string_view build_id) {
    KernelOrigin origin{.distribution = kSuse, .server = debuginfod_server(kSuse)};
    if (!build_id.empty()) {
        origin.command = "zypper install -C 'debuginfo(build-id)=" + std::string(build_id) + "'";
        return origin;
    }
    const auto dash = release.rfind('-');
    const std::string version(release.substr(0, dash));
    origin.command =
        "zypper search -s kernel-" + std::string(release.substr(dash + 1)) + "-debuginfo";
    origin.remark = "and install the one of version " + version + ".N";
    return origin;
}

/// No package of these has the debug files of its kernels; a server may.
template <const auto& kName>
KernelOrigin served(std::string_view /*release*/, std::string_view /*build_id*/) {
    return {.distribution = kName, .server = debuginfod_server(kName)};
}

/// GKI kernels are built by Google's builders, whose number the release ends with: "-ab9850636".
KernelOrigin android(std::string_view release, std::string_view /*build_id*/) {
    KernelOrigin origin{.distribution = "Android"};
    const auto at = release.rfind("-ab");
    if (at == release.npos || !has_form(release.substr(at + 3), "#")) return origin;
    origin.remark = "its vmlinux is one of the artifacts of build " +
                    std::string(release.substr(at + 3)) + " on https://ci.android.com";
    return origin;
}

/// Built by hand from the sources that the distribution gives.
KernelOrigin gentoo(std::string_view /*release*/, std::string_view /*build_id*/) {
    return {.remark = "kernels of Gentoo are built on the machine, often in /usr/src/linux"};
}

/// No debug package is known of it.
template <const auto& kName>
KernelOrigin known(std::string_view /*release*/, std::string_view /*build_id*/) {
    return {.distribution = kName};
}

constexpr std::string_view kMainline = "Ubuntu's mainline builds";
constexpr std::string_view kPop = "Pop!_OS";
constexpr std::string_view kAlpine = "Alpine Linux";
constexpr std::string_view kPhoton = "Photon OS";

KernelOrigin arch_or_alpine(std::string_view release, std::string_view build_id) {
    // The first build of a package is 0 in Alpine and 1 in Arch.
    if (has_form(release, "#.#.#-0-lts")) return known<kAlpine>(release, build_id);
    return served<kArch>(release, build_id);
}

struct Form {
    std::string_view form;
    KernelOrigin (*origin)(std::string_view release, std::string_view build_id);
};

/// Releases that are recognised by their form alone. What is not listed here, Debian's and Ubuntu's
/// aside, is of no known distribution.
constexpr auto kForms = std::to_array<Form>({
    {"#.#.#-#.fc#.!", fedora},
    {"#.#.#-0.rc#.*fc#.!", fedora},
    {"#.#.#-~.el#uek.!", oracle_uek},
    {"#.#.#-~.el#_#uek.!", oracle_uek},
    {"#.#.#-~.el#.!", rhel},
    {"#.#.#-~.el#_#.!", rhel},
    {"#.#.#-~.rt#.~.el#.!", rhel},
    {"#.#.#-~.rt#.~.el#_#.!", rhel},
    {"*.oe#*", open_euler},
    {"#.#.#-~.amzn#.!", amazon},
    {"#.#.#-~.an#.!", anolis},
    {"#.#.#-~-default", suse},
    {"#.#.#-#.#.#-azure", suse},
    {"#.#.#-#.#-azure", suse},
    {"#.#.#-~-preempt", suse},
    {"#.#.#-#.~-rt", suse},
    {"#.#.#-~-longterm", suse},
    {"#.#.#-~-kvmsmall", suse},
    {"#.#.#-~-64kb", suse},
    {"#.#.#-arch#-#", served<kArch>},
    {"#.#-arch#-#", served<kArch>},
    {"#.#.#-zen#-#-zen", served<kArch>},
    {"#.#-zen#-#-zen", served<kArch>},
    {"#.#.#-hardened#-#-hardened", served<kArch>},
    {"#.#.#-#-lts", arch_or_alpine},
    {"#.#.#-artix#-#", served<kArtix>},
    {"#.#.#-#-cachyos*", served<kCachyOs>},
    {"#.#.#_#", served<kVoid>},
    {"#.#.#-*-alt#*", served<kAlt>},
    {"#.#.#-gentoo*", gentoo},
    {"#.#.#-0#-generic", known<kMainline>},
    {"#.#.#-0#rc#-generic", known<kMainline>},
    {"#.#.#-76#-generic", known<kPop>},
    {"#.#.#-#-virt", known<kAlpine>},
    {"#.#.#-#.ph#*", known<kPhoton>},
});

/// Builders that a word of the release tells, for whose kernels no debug package is known.
struct Mark {
    std::string_view mark;
    std::string_view distribution;
};
constexpr auto kMarks = std::to_array<Mark>({
    {"microsoft-standard", "Microsoft's WSL2"},
    {"-Microsoft", "Microsoft's WSL1"},
    {"-pve", "Proxmox VE"},
    {"-MANJARO", "Manjaro"},
    {".al7.", "Alibaba Cloud Linux"},
    {".al8.", "Alibaba Cloud Linux"},
    {".alnx", "Alibaba Cloud Linux"},
    {".azl", "Azure Linux"},
    {".cm1", "CBL-Mariner"},
    {".cm2", "CBL-Mariner"},
    {"+rpt", "Raspberry Pi OS"},
    {"-rpi", "Raspberry Pi OS"},
    {"-v7+", "Raspberry Pi OS"},
    {"-v7l+", "Raspberry Pi OS"},
    {"-v8+", "Raspberry Pi OS"},
    {"-v8-16k+", "Raspberry Pi OS"},
    {"-liquorix-", "Liquorix"},
    {"-xanmod", "XanMod"},
    {".elrepo.", "ELRepo"},
    {".centos.plus.", "CentOS Plus"},
    {"-tegra", "NVIDIA Jetson"},
    {"-linuxkit", "LinuxKit"},
    {"-flatcar", "Flatcar"},
    {"-talos", "Talos"},
    {".mga", "Mageia"},
    {".omv", "OpenMandriva"},
    {".current", "Solus"},
    {".vanilla.", "Fedora's vanilla builds"},
    {"-tuxedo", "TUXEDO OS"},
    {".bazzite.", "Bazzite"},
    {".qubes.", "Qubes OS"},
    {".surface.", "linux-surface"},
    {".asahi.", "Fedora Asahi Remix"},
    {".fsync.", "Nobara"},
    {".ky10", "Kylin"},
    {"-yocto", "the Yocto Project"},
});

/// What scripts/setlocalversion and local configurations add: such a kernel was built from a tree
/// that no distribution released, whatever else its release says.
bool is_modified(std::string_view release) {
    if (release.find("-dirty") != release.npos) return true;
    const auto at = release.find("-g");
    if (at == release.npos) return false;
    const auto hash = release.substr(at + 2);
    const auto end = hash.find_first_not_of("0123456789abcdef");
    const auto size = end == hash.npos ? hash.size() : end;
    return size >= 7;
}

}  // namespace

KernelOrigin kernel_origin(std::string_view release, std::string_view build_id) {
    // Longer ones are nothing that uname -r gives, and the forms take time to compare.
    constexpr std::size_t kMaxSize = 64;
    if (release.size() > kMaxSize) return {};
    if (has_form(release, "*-android#-*")) return android(release, build_id);
    if (is_modified(release) && !is_rpm_architecture(release.substr(release.rfind('.') + 1))) {
        return {};
    }
    for (const auto& [mark, distribution] : kMarks) {
        if (release.find(mark) == release.npos) continue;
        return {.distribution = distribution};
    }
    if (is_debian_release(release)) return debian(release, build_id);
    if (is_ubuntu_release(release)) return ubuntu(release, build_id);
    for (const auto& [form, origin] : kForms) {
        if (has_form(release, form)) return origin(release, build_id);
    }
    return {};
}

}  // namespace symline::kernel
