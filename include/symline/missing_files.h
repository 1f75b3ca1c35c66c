// The debug files that a kernel lacks, and what would help.
//
//     if (const auto missing = kernel.missing_files()) std::cerr << describe(*missing) << '\n';
//
// prints "no debug file of kernel 6.1.0-44-amd64: vmlinux, module xfs; to get them on Debian: ...".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "symline/build_id.h"

namespace symline {

// NOLINTBEGIN(readability-redundant-member-init): without {} g++'s -Wextra wants every member
// named.

/// Where the debug files of a kernel are, as far as its release shows that.
struct DebugFileSource {
    std::string distribution{};  ///< "Debian"; empty: the release names none
    bool of_this_machine = false;  ///< it is the distribution that runs here
    std::string command{};       ///< installs them; empty: no package is known
    std::string remark{};        ///< where else they are, or why there are none; may be empty
    /// A debuginfod server that may have them; empty: there is none, or it is asked already, or it
    /// cannot be asked for want of a build id.
    std::string server{};
};

/// The debug files of one kernel that were looked for and not found.
struct MissingFiles {
    /// What would help.
    enum class Remedy {
        none,           ///< nothing more: the vmlinux that was named is not used
        release,        ///< the release or the vmlinux has to be named: neither is known
        vmlinux,        ///< the vmlinux, or its package, has to be named: no package is known of
        module_folder,  ///< the folder of the modules has to be named: vmlinux came without them
        source,         ///< they are to be had from `source`
    };

    std::string release{};              ///< uname -r; empty: it is not known
    std::optional<BuildId> build_id{};  ///< of vmlinux, as far as it is known
    bool vmlinux = false;
    std::vector<std::string> modules{};
    Remedy remedy = Remedy::none;
    DebugFileSource source{};
    /// Servers may be asked and were not, for they are asked by build id.
    bool servers_need_build_id = false;
};

// NOLINTEND(readability-redundant-member-init)

/// One line for people, without a full stop: which files are missing, and how to get them where
/// `source` knows that.
[[nodiscard]] std::string describe(const MissingFiles& missing);

}  // namespace symline
