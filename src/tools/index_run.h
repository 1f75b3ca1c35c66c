// `symline index` behind its command line.
#pragma once

#include <memory>
#include <string>

#include "symline/module.h"
#include "tools/diagnostics.h"
#include "tools/index_options.h"
#include "tools/standard_output.h"

namespace symline::tools {

/// Writes the index of a module, and says on standard error how far that is. Nothing, and the
/// reason said, when it could not be made.
std::optional<WrittenIndex> make_index(const Module& module, const std::string& directory,
                                       bool quiet, Diagnostics& diagnostics);

class Index {
public:
    Index(IndexOptions options, Diagnostics& diagnostics, StandardOutput& output);

    /// True when all went well.
    bool run();
    const FetchSession& fetches() const { return fetches_; }

private:
    bool index(const std::string& path);
    bool list();
    bool prune();

    IndexOptions options_;
    Diagnostics& diagnostics_;
    StandardOutput& output_;
    FetchSession fetches_;
    std::shared_ptr<DebugFiles> files_;
};

}  // namespace symline::tools
