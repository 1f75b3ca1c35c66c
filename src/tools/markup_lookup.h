// What addresses of modules with a build id stand for.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "symline/build_id.h"
#include "tools/addr2line_run.h"

namespace symline::tools {

class MarkupLookup {
public:
    /// Both are borrowed.
    MarkupLookup(Addr2lineFiles& files, const Addr2lineOptions& options)
        : files_(files), options_(options) {}

    /// The frames at an address of a module, innermost first; none where nothing is known of it.
    /// Errors: no file of that build id, or one that cannot be opened.
    Expected<std::vector<Frame>> frames(const BuildId& build_id, std::uint64_t address);
    /// The name of the symbol there; empty where there is none. Errors: the same.
    Expected<std::string> data(const BuildId& build_id, std::uint64_t address);
    /// As the options have names.
    std::string name(const Frame& frame) const;
    std::string name(std::string_view name) const;
    std::string path(const SourceLocation& location) const;

private:
    Expected<Addr2lineModule*> module(const BuildId& build_id);

    Addr2lineFiles& files_;
    const Addr2lineOptions& options_;
    std::map<std::string, std::string> paths_;  ///< by build id; empty: not found
};

}  // namespace symline::tools
