// The command line of `symline find`.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "output/located.h"
#include "tools/debug_file_places.h"
#include "tools/decode_options.h"
#include "tools/fetch_session.h"
#include "tools/resource_limits.h"

namespace symline::tools {

struct FindOptions {
    std::vector<std::string> what;
    DebugFileOptions places = unread_debug_file_options(IndexUse::never);
    ResourceLimits limits;
    FetchChoice fetch;
    bool json = false;
    output::LocatedDetail detail = output::LocatedDetail::files;
};

/// `words` is what follows "find" on the command line.
std::expected<FindOptions, Ending> parse_find(const std::vector<std::string>& words);

}  // namespace symline::tools
