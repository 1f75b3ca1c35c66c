// Debug packages that are not installed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "find/finder.h"

namespace symline::find {

/// "package". `paths` are packages and folders of them; what is needed is unpacked into `cache`
/// (empty: symline/packages in the user's cache folder).
std::unique_ptr<ListedFinder> package_finder(std::vector<std::string> paths, std::string cache);

}  // namespace symline::find
