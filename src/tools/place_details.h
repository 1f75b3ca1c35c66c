// The source lines and the link of a place, looked up when they are asked for.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "output/decode.h"
#include "symline/module.h"
#include "tools/display.h"
#include "tools/source_files.h"

namespace symline::tools {

/// Where a frame comes from.
struct PlaceOrigin {
    const Module& module;
    std::string_view tree;     ///< what stands before the paths below the source tree
    std::string_view release;  ///< of the kernel; may be empty
    /// As `tree`, of paths that do not begin with it; may be empty.
    std::string_view assembler_tree{};
    FileAddress address{};  ///< in `module`; may be a return address
};

enum class Links { no, yes };

class PlaceDetailer {
public:
    /// `options` is borrowed.
    PlaceDetailer(const DisplayOptions& options, Links links, const std::string& sysroot,
                  std::shared_ptr<DebugFiles> debug_files);

    /// Whether there is anything to look up.
    bool wanted() const { return links_ || options_.source_lines != 0; }
    output::PlaceDetails details(const Frame& frame, const PlaceOrigin& origin);
    /// One line for the user where source lines were asked for and not a single file was found;
    /// else empty.
    std::string missing_source() const;

private:
    std::string link(const SourceLocation& location, const PlaceOrigin& origin,
                     const std::string& file) const;
    const std::string* find(const Frame& frame, const Module& module);

    const DisplayOptions& options_;
    bool links_;
    std::string host_;
    SourceFiles files_;
    std::string fetched_;
    bool found_any_ = false;     ///< source files
    std::string first_missing_;  ///< as it is recorded
    std::string release_;        ///< of the kernel that this is of; empty: of a program
};

}  // namespace symline::tools
