// Which Debian packages are installed below a root, and whose files are whose.
#pragma once

#include <map>
#include <span>
#include <string>

#include "symline/package.h"

namespace symline::find {

/// The package of each of `paths`, which are absolute and as they are called below `root` (empty:
/// /); those that belong to no package, or of a system without dpkg, are left out.
std::map<std::string, Package> dpkg_owners(const std::string& root,
                                           std::span<const std::string> paths);

/// The package that holds the debug files of one: "libfoo1-dbgsym". Empty where the name of the
/// package is none that dpkg allows.
std::string debian_debug_package(const Package& package);

}  // namespace symline::find
