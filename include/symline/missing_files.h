// The debug files that a kernel or a process lacks, and what would help.
//
//     if (const auto missing = kernel.missing_files()) std::cerr << describe(*missing) << '\n';
//
// prints "no debug file of kernel 6.1.0-44-amd64: vmlinux, module xfs; to get them on Debian: ...".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "symline/build_id.h"
#include "symline/package.h"

namespace symline {

// NOLINTBEGIN(readability-redundant-member-init): without {} g++'s -Wextra wants every member
// named.

/// Where debug files are: those of a kernel as far as its release shows that, those of a process
/// as far as the packages of its modules show it.
struct DebugFileSource {
    std::string distribution{};    ///< "Debian"; empty: the release names none
    bool of_this_machine = false;  ///< it is the distribution that runs here
    std::string command{};         ///< installs them; empty: no package is known
    std::string remark{};          ///< where else they are, or why there are none; may be empty
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

/// The debug files of the modules of a process that were looked for and not found.
struct MissingModules {
    struct Missing {
        std::string name{};  ///< as Mapping::path
        std::optional<BuildId> build_id{};
        bool code_found = true;  ///< false: the program or library itself was not found either
        std::optional<Package> package{};
        std::string servers{};  ///< what debuginfod servers said; empty: none was asked
    };

    std::vector<Missing> modules{};
    DebugFileSource source{};
    bool source_has_all = true;  ///< false: `source` is for those with a package alone
    bool offline = false;        ///< there are servers, and none may be asked
};

// NOLINTEND(readability-redundant-member-init)

/// One line for people, without a full stop: which files are missing, and how to get them where
/// `source` knows that.
[[nodiscard]] std::string describe(const MissingFiles& missing);
/// "no debug file of libc.so.6 (build id ..., package libc6 2.36-9); to get it: ...".
[[nodiscard]] std::string describe(const MissingModules& missing);

}  // namespace symline
