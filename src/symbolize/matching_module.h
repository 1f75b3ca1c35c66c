// Opens a file if it has the wanted build id; otherwise says why not.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "symline/build_id.h"
#include "symline/error.h"
#include "symline/module.h"

namespace symline::symbolize {

/// Why a file is not used.
struct Refusal {
    /// As of Module::open; with a wanted build id also mismatch.
    Error error;
    std::optional<BuildId> own;  ///< of a mismatch: the file's build id
};

/// Without a wanted build id any file is accepted.
std::expected<Module, Refusal> open_matching_module(const std::string& path,
                                                    const std::optional<BuildId>& wanted,
                                                    ModuleOptions options = {});

}  // namespace symline::symbolize
