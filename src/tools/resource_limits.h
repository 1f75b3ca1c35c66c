// What a run of symline may take: what a stranger sends shall cost neither minutes nor all memory.
#pragma once

#include <cstdint>
#include <string>

#include "tools/diagnostics.h"

namespace CLI {
class App;
}

namespace symline::tools {

struct ResourceLimits {
    std::uint64_t seconds = 600;  ///< of processor time, all threads together; 0: no limit
    std::string memory;           ///< as parse_size() reads it; empty: half of the machine's
};

/// --limit-time and --limit-memory.
void add_limit_options(CLI::App& app, ResourceLimits& limits);

/// From here on the process ends with one line, and status 1, where it would take more. Limits that
/// the system has set already are not raised.
void apply(const ResourceLimits& limits, const Diagnostics& diagnostics);

}  // namespace symline::tools
