// The command line of `symline index`.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "tools/debug_file_places.h"
#include "tools/ending.h"
#include "tools/fetch_session.h"
#include "tools/resource_limits.h"

namespace symline::tools {

struct IndexOptions {
    std::vector<std::string> files;
    std::string directory;  ///< empty: the user's cache
    bool list = false;
    bool prune = false;
    std::uint64_t max_bytes = std::uint64_t{2} << 30;
    std::optional<std::uint32_t> max_days;
    DebugFileOptions places = unread_debug_file_options(IndexUse::never);
    ResourceLimits limits;
    FetchChoice fetch;
};

/// "500K", "20M", "2G", or bytes.
std::optional<std::uint64_t> parse_size(const std::string& text);

/// `words` is the command line after "index".
std::expected<IndexOptions, Ending> parse_index(const std::vector<std::string>& words);

}  // namespace symline::tools
