#include "decode/package_hint.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/file_text.h"

namespace symline::decode {
namespace {

/// The value of NAME=value or NAME="value".
std::string_view field(std::string_view text, std::string_view name) {
    while (!text.empty()) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (!line.starts_with(name) || !line.substr(name.size()).starts_with('=')) continue;
        line.remove_prefix(name.size() + 1);
        if (line.starts_with('"')) line.remove_prefix(1);
        if (line.ends_with('"')) line.remove_suffix(1);
        return line;
    }
    return {};
}

std::string_view known_distribution(std::string_view words) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 14> known{
        {{"ubuntu", "ubuntu"},
         {"debian", "debian"},
         {"openEuler", "openeuler"},
         {"openeuler", "openeuler"},
         {"fedora", "fedora"},
         {"rhel", "rhel"},
         {"centos", "rhel"},
         {"rocky", "rhel"},
         {"almalinux", "rhel"},
         {"ol", "rhel"},
         {"suse", "suse"},
         {"opensuse", "suse"},
         {"sles", "suse"},
         {"arch", "arch"}}};
    while (!words.empty()) {
        const auto word = words.substr(0, words.find_first_of(" -"));
        for (const auto& [id, distribution] : known) {
            if (word == id) return distribution;
        }
        words.remove_prefix(std::min(word.size() + 1, words.size()));
    }
    return {};
}

}  // namespace

std::string_view distribution(std::string_view os_release) {
    const auto own = known_distribution(field(os_release, "ID"));
    return own.empty() ? known_distribution(field(os_release, "ID_LIKE")) : own;
}

std::string_view distribution_of_release(std::string_view release) {
    // A digit follows the mark: ".fc39", ".el9_4", ".oe2203", "-arch1-1".
    constexpr std::array<std::pair<std::string_view, std::string_view>, 4> marks{
        {{".fc", "fedora"}, {".el", "rhel"}, {".oe", "openeuler"}, {"-arch", "arch"}}};
    for (const auto& [mark, distribution] : marks) {
        const auto at = release.find(mark);
        if (at == std::string_view::npos || at + mark.size() >= release.size()) continue;
        const char next = release[at + mark.size()];
        if (next >= '0' && next <= '9') return distribution;
    }
    constexpr std::array<std::pair<std::string_view, std::string_view>, 15> ends{
        {{"-generic", "ubuntu"},
         {"-lowlatency", "ubuntu"},
         {"-generic-64k", "ubuntu"},
         {"-aws", "ubuntu"},
         {"-azure", "ubuntu"},
         {"-gcp", "ubuntu"},
         {"-default", "suse"},
         {"-amd64", "debian"},
         {"-arm64", "debian"},
         {"-686-pae", "debian"},
         {"-686", "debian"},
         {"-armmp", "debian"},
         {"-s390x", "debian"},
         {"-powerpc64le", "debian"},
         {"-riscv64", "debian"}}};
    for (const auto& [end, distribution] : ends) {
        if (release.ends_with(end)) return distribution;
    }
    return {};
}

std::string install_command(std::string_view distribution, std::string_view release,
                            std::string_view build_id) {
    const std::string r(release);
    if (distribution == "debian") return "apt-get install linux-image-" + r + "-dbg";
    if (distribution == "ubuntu") {
        return "apt-get install linux-image-unsigned-" + r + "-dbgsym";
    }
    if (distribution == "fedora" || distribution == "rhel") {
        // "6.5.6-300.fc39.x86_64+debug" is of kernel-debug-core; RHEL 7 and before have no -core.
        const auto plus = r.find('+');
        const std::string flavour = plus == std::string::npos ? "" : r.substr(plus + 1) + "-";
        const bool old = r.find(".el7") != std::string::npos || r.find(".el6") != std::string::npos;
        const std::string package = "kernel-" + flavour + (old ? "" : "core-");
        return (old ? "debuginfo-install " : "dnf debuginfo-install ") + package +
               r.substr(0, plus);
    }
    if (distribution == "openeuler") return "dnf install kernel-debuginfo-" + r;
    if (distribution == "suse") {
        // The release of the package counts rebuilds, which uname -r does not; the build id is
        // exact.
        if (!build_id.empty()) {
            return "zypper install -C 'debuginfo(build-id)=" + std::string(build_id) + "'";
        }
        // "6.4.0-150600.21-default" is of kernel-default.
        const auto dash = r.rfind('-');
        const auto flavour = dash == std::string::npos ? "default" : r.substr(dash + 1);
        return "zypper install kernel-" + flavour + "-debuginfo=" + r.substr(0, dash);
    }
    if (distribution == "arch") {
        // No package of Arch has them.
        const std::string server = "DEBUGINFOD_URLS=https://debuginfod.archlinux.org";
        if (build_id.empty()) return "export " + server;
        return server + " debuginfod-find debuginfo " + std::string(build_id);
    }
    return {};
}

std::string missing_files_hint(const kernel::Kernel& kernel, const std::string& sysroot) {
    std::string what;
    if (kernel.vmlinux_missing()) what = "vmlinux";
    for (const std::string& module : kernel.missing_modules()) {
        what += (what.empty() ? "module " : ", module ") + module;
        if (what.size() > 200) {
            what += ", ...";
            break;
        }
    }
    if (what.empty()) return {};
    const std::string& release = kernel.options().release;
    if (release.empty()) return "no debug file of this kernel: " + what;
    std::string hint = "no debug file of kernel " + release + ": " + what;
    const auto text = base::file_text(sysroot + "/etc/os-release");
    const auto here = distribution(text);
    const auto told = distribution_of_release(release);
    const auto& id = kernel.options().build_id;
    const auto command =
        install_command(told.empty() ? here : told, release, id ? id->hex() : std::string());
    if (command.empty()) return hint;
    const bool elsewhere = !told.empty() && told != here;
    return hint + "; to get it" + (elsewhere ? " on " + std::string(told) : "") + ": " + command;
}

}  // namespace symline::decode
