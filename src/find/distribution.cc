#include "find/distribution.h"

#include <algorithm>
#include <array>

namespace symline::find {
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

}  // namespace

std::string_view distribution_of_words(std::string_view words) {
    struct Id {
        std::string_view id;
        std::string_view distribution;
    };
    constexpr auto ids = std::to_array<Id>({
        {"ubuntu", kUbuntu},       {"debian", kDebian},       {"kali", kKali},
        {"openEuler", kOpenEuler}, {"openeuler", kOpenEuler}, {"fedora", kFedora},
        {"rhel", kRhel},           {"centos", kRhel},         {"rocky", kRhel},
        {"almalinux", kRhel},      {"redhat", kRhel},         {"ol", kOracle},
        {"suse", kSuse},           {"opensuse", kSuse},       {"sles", kSuse},
        {"arch", kArch},           {"amzn", kAmazon},         {"amazon", kAmazon},
        {"anolis", kAnolis},       {"cachyos", kCachyOs},     {"artix", kArtix},
        {"void", kVoid},           {"altlinux", kAlt},
    });
    while (!words.empty()) {
        const auto word = words.substr(0, words.find_first_of(" -:/"));
        for (const auto& [id, distribution] : ids) {
            if (word == id) return distribution;
        }
        words.remove_prefix(std::min(word.size() + 1, words.size()));
    }
    return {};
}

std::string_view distribution(std::string_view os_release) {
    const auto own = distribution_of_words(field(os_release, "ID"));
    return own.empty() ? distribution_of_words(field(os_release, "ID_LIKE")) : own;
}

std::string_view debuginfod_server(std::string_view distribution) {
    // Those that https://sourceware.org/elfutils/Debuginfod.html lists as public, and those that
    // the distributions' own packages set DEBUGINFOD_URLS to.
    struct Server {
        std::string_view distribution;
        std::string_view url;
    };
    constexpr auto servers = std::to_array<Server>({
        {kDebian, "https://debuginfod.debian.net"},
        {kUbuntu, "https://debuginfod.ubuntu.com"},
        {kFedora, "https://debuginfod.fedoraproject.org"},
        {kSuse, "https://debuginfod.opensuse.org"},
        {kArch, "https://debuginfod.archlinux.org"},
        {kArtix, "https://debuginfod.artixlinux.org"},
        {kCachyOs, "https://debuginfod.cachyos.org"},
        {kVoid, "https://debuginfod.s.voidlinux.org"},
        {kAlt, "https://debuginfod.altlinux.org"},
    });
    const auto found = std::ranges::find(servers, distribution, &Server::distribution);
    return found == servers.end() ? std::string_view() : found->url;
}

std::string install_by_build_id(std::string_view distribution, std::span<const BuildId> files) {
    // What rpm's find-debuginfo writes into each package: "Provides: debuginfo(build-id) = ...".
    constexpr auto kDnf = std::to_array({kFedora, kRhel, kOracle, kOpenEuler, kAmazon, kAnolis});
    const bool suse = distribution == kSuse;
    const bool dnf = std::ranges::find(kDnf, distribution) != kDnf.end();
    if (files.empty() || (!suse && !dnf)) return {};
    std::string command = suse ? "zypper install -C" : "dnf install --enablerepo='*debug*'";
    for (const BuildId& each : files) {
        command += suse ? " 'debuginfo(build-id)=" : " 'debuginfo(build-id) = ";
        command += each.hex();
        command += '\'';
    }
    return command;
}

}  // namespace symline::find
