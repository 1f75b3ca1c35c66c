// `symline find`, once its command line is read.
#pragma once

#include <memory>

#include "symline/debug_files.h"
#include "tools/diagnostics.h"
#include "tools/find_options.h"
#include "tools/standard_output.h"

namespace symline::tools {

class Find {
public:
    Find(FindOptions options, Diagnostics& diagnostics, StandardOutput& output);

    /// True when a debug file was found for everything that was asked for.
    bool run();
    const FetchSession& fetches() const { return fetches_; }

private:
    bool answer(const std::string& what);

    FindOptions options_;
    Diagnostics& diagnostics_;
    StandardOutput& output_;
    FetchSession fetches_;
    std::shared_ptr<DebugFiles> files_;
};

}  // namespace symline::tools
