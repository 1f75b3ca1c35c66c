// The package that a program or library came in: as the file itself says it (the note of the
// package metadata specification, .note.package), or as the package manager of the system that it
// lies on.
//
//     for (const symline::ProcessModule& each : process.modules()) {
//         if (each.package) std::cout << each.package->name << ' ' << each.package->version <<
//         '\n';
//     }
#pragma once

#include <string>

namespace symline {

// NOLINTBEGIN(readability-redundant-member-init): without {} g++'s -Wextra wants every member
// named.

struct Package {
    /// Who says it. Distributions write the name of the source package into the note.
    enum class Origin { note, database };

    Origin origin = Origin::note;
    std::string type{};          ///< "rpm", "deb", "pacman", ...
    std::string name{};          ///< may be empty, as every member
    std::string version{};       ///< with the release of the package
    std::string architecture{};  ///< as the package manager calls it: "x86_64", "amd64"
    std::string os{};  ///< of a note: "debian", or a CPE name, "cpe:/o:fedoraproject:fedora:40"
    std::string debuginfod{};  ///< of a note: the server that has the debug files
    friend bool operator==(const Package&, const Package&) = default;
};

// NOLINTEND(readability-redundant-member-init)

}  // namespace symline
