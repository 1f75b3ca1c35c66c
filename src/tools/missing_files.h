// What the programs say of debug files that were not found: with the options that would help.
#pragma once

#include <string>
#include <string_view>

#include "symline/missing_files.h"

namespace symline::tools {

/// How a program is told of files.
struct MissingFileWords {
    std::string_view vmlinux;     ///< how it is given a vmlinux: "-k BUILD/vmlinux"
    std::string_view no_release;  ///< what to do where the release is not known
};

/// One line.
std::string missing_files_line(const MissingFiles& missing, const MissingFileWords& words);
std::string missing_files_line(const MissingModules& missing);

}  // namespace symline::tools
