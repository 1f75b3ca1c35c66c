// The command line of `symline verify`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "tools/debug_file_places.h"
#include "tools/ending.h"
#include "tools/fetch_session.h"
#include "verify/sample.h"

namespace symline::tools {

struct VerifyOptions {
    std::string file;
    verify::SampleRequest sample;
    std::vector<std::string> against;  ///< names of other programs, see verify::program_peers()
    bool json = false;
    bool every_difference = false;
    DebugFileOptions places = unread_debug_file_options(IndexUse::never);
    FetchChoice fetch;
};

/// `words` is the command line after "verify".
std::expected<VerifyOptions, Ending> parse_verify(const std::vector<std::string>& words);

}  // namespace symline::tools
