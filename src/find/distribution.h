// The distributions whose packages and servers of debug files are known.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "symline/build_id.h"

namespace symline::find {

inline constexpr std::string_view kDebian = "Debian";
inline constexpr std::string_view kKali = "Kali Linux";
inline constexpr std::string_view kUbuntu = "Ubuntu";
inline constexpr std::string_view kFedora = "Fedora";
inline constexpr std::string_view kRhel = "RHEL and its family";
inline constexpr std::string_view kOracle = "Oracle Linux";
inline constexpr std::string_view kOpenEuler = "openEuler";
inline constexpr std::string_view kSuse = "SUSE";
inline constexpr std::string_view kArch = "Arch Linux";
inline constexpr std::string_view kAmazon = "Amazon Linux";
inline constexpr std::string_view kAnolis = "Anolis OS";
inline constexpr std::string_view kArtix = "Artix Linux";
inline constexpr std::string_view kCachyOs = "CachyOS";
inline constexpr std::string_view kVoid = "Void Linux";
inline constexpr std::string_view kAlt = "ALT Linux";

/// The name of the distribution whose /etc/os-release the text is, or which that one takes its
/// packages from; empty when it is another one.
std::string_view distribution(std::string_view os_release);
/// The same for what names a system elsewhere: "debian", "cpe:/o:fedoraproject:fedora:40".
std::string_view distribution_of_words(std::string_view words);

/// Its public debuginfod server, which holds the debug files of all its packages; empty when it has
/// none.
std::string_view debuginfod_server(std::string_view distribution);

/// Installs the packages that hold the debug files of these, where the distribution's package
/// manager finds a package by build id; else empty.
std::string install_by_build_id(std::string_view distribution, std::span<const BuildId> files);

}  // namespace symline::find
