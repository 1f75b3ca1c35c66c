#include "tools/decode_hint.h"

#include <array>
#include <utility>

#include "tools/text_file.h"

namespace symline::tools {
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

std::string install_command(std::string_view distribution, std::string_view release) {
    const std::string r(release);
    if (distribution == "debian") return "apt-get install linux-image-" + r + "-dbg";
    if (distribution == "ubuntu") {
        return "apt-get install linux-image-unsigned-" + r + "-dbgsym";
    }
    if (distribution == "fedora" || distribution == "rhel") {
        return "dnf debuginfo-install kernel-core-" + r;
    }
    if (distribution == "openeuler") return "dnf install kernel-debuginfo-" + r;
    if (distribution == "suse") {
        // "6.4.0-150600.21-default" is of kernel-default.
        const auto dash = r.rfind('-');
        const auto flavour = dash == std::string::npos ? "default" : r.substr(dash + 1);
        const auto version = r.substr(0, dash);
        return "zypper install kernel-" + flavour + "-debuginfo-" + version;
    }
    if (distribution == "arch") return "pacman -S linux-debug";
    return {};
}

std::string missing_files_hint(const Kernel& kernel, const std::string& sysroot) {
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
    const auto text = read_text_file(sysroot + "/etc/os-release").value_or("");
    const auto command = install_command(distribution(text), release);
    return command.empty() ? hint : hint + "; to get it: " + command;
}

}  // namespace symline::tools
