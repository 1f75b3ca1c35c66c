// The last of the finders: debuginfod, by build id.
#pragma once

#include <memory>

#include "find/debuginfod/debuginfod.h"
#include "find/finder.h"

namespace symline::find {

/// "debuginfod".
std::unique_ptr<ListedFinder> debuginfod_finder(std::shared_ptr<Debuginfod> debuginfod);

}  // namespace symline::find
