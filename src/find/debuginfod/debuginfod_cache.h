// The cache that libdebuginfod keeps for all its clients: DIR/BUILDID/debuginfo, .../executable and
// .../source#usr#src#file.c. An empty file means that the servers have no such file.
#pragma once

#include <string>
#include <string_view>

#include "symline/build_id.h"

namespace symline::find {

/// $DEBUGINFOD_CACHE_PATH; else ~/.debuginfod_client_cache where it exists; else
/// debuginfod_client in $XDG_CACHE_HOME or ~/.cache. Need not exist.
std::string debuginfod_cache_folder();

/// DIR/BUILDID/NAME.
std::string debuginfod_cache_path(std::string_view folder, const BuildId& build_id,
                                  std::string_view name);

bool is_in_cache(const std::string& path);
/// Whether the file is the empty one that stands for "not there".
bool is_remembered_miss(const std::string& path);
/// Removes a file that must not be used again, and its folder when nothing else is in it.
void remove_from_cache(const std::string& path);

}  // namespace symline::find
