// A program or library in the memory of a process: where it lies, and the files that belong to it.
//
//     for (const symline::ProcessModule& each : process.modules()) {
//         std::cout << each.name << ": ";
//         std::cout << (each.debug.path.empty() ? each.debug.reason : each.debug.path) << '\n';
//     }
#pragma once

#include <optional>
#include <string>

#include "symline/address.h"
#include "symline/build_id.h"
#include "symline/found_by.h"
#include "symline/package.h"

namespace symline {

// NOLINTBEGIN(readability-redundant-member-init): without {} g++'s -Wextra wants every member
// named.

struct ProcessModule {
    /// A file that was looked for.
    struct File {
        std::string path{};  ///< empty: not found
        FoundBy found_by = FoundBy::nothing;
        std::string reason{};   ///< why it was not found
        std::string servers{};  ///< what debuginfod servers said, or why none was asked
    };

    RuntimeAddress begin{};  ///< where its first byte lies
    RuntimeAddress end{};    ///< after the last byte that is mapped from the file
    std::string name{};      ///< as Mapping::path
    bool deleted = false;    ///< the file is no longer there under its name
    bool of_kernel = false;  ///< the kernel's own (the vdso): no file on disk
    std::optional<BuildId> build_id{};
    File code{};   ///< the program or library itself
    File debug{};  ///< what holds its debug information: may be the same file
    std::optional<Package> package{};
};

// NOLINTEND(readability-redundant-member-init)

}  // namespace symline
