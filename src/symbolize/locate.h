// Where the files are that answers about a program or a kernel come from: `symline find`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "symline/build_id.h"
#include "symline/debug_files.h"

namespace symline::symbolize {

struct LocatedFile {
    std::string path;  ///< empty: not found
    FoundBy found_by = FoundBy::nothing;
};

struct Located {
    std::string problem;  ///< why `what` itself could not be looked at; empty: it could
    std::optional<BuildId> build_id;
    std::string release;  ///< of a kernel or module
    LocatedFile code;
    LocatedFile debug;
    /// The supplementary file (dwz) that the debug file links to; empty when it links to none.
    LocatedFile alt;
    std::string alt_name;  ///< as the debug file names it
    /// The split files (.dwo) of its units, or the package (.dwp) that has them.
    struct Split {
        std::string name;  ///< as the debug file names it
        LocatedFile file;
    };
    std::vector<Split> splits;
    /// The compilation directory of the first function with a line, and whether it is here.
    std::string sources;
    bool sources_here = false;
    std::vector<Error> refused;
    std::vector<TriedPlace> tried;
};

/// `what` is a file (also a kernel image), a build id, MODULE@RELEASE or a kernel release; a file
/// of that name comes first.
Located locate(const std::string& what, const std::shared_ptr<DebugFiles>& files);

}  // namespace symline::symbolize
