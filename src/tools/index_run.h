// `symline index`, once its command line is read.
#pragma once

#include <memory>
#include <string>

#include "symline/module.h"
#include "tools/diagnostics.h"
#include "tools/index_options.h"
#include "tools/standard_output.h"

namespace symline::tools {

/// Writes the index of a module, and shows the progress on standard error. When it cannot be
/// written, says why and answers nothing.
std::optional<WrittenIndex> make_index(const Module& module, const std::string& directory,
                                       bool quiet, Diagnostics& diagnostics);

class Index {
public:
    Index(IndexOptions options, Diagnostics& diagnostics, StandardOutput& output);

    /// True when everything succeeded.
    bool run();
    const FetchSession& fetches() const { return fetches_; }

private:
    bool index(const std::string& path);
    bool list();
    bool prune();
    std::string packages() const;

    IndexOptions options_;
    Diagnostics& diagnostics_;
    StandardOutput& output_;
    FetchSession fetches_;
    std::shared_ptr<DebugFiles> files_;
};

}  // namespace symline::tools
