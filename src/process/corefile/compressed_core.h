// Compressed cores, as coredumpctl keeps them: .zst, .lz4, .xz.
#pragma once

#include <optional>
#include <string>

#include "base/paged_file.h"
#include "base/regular_file.h"
#include "base/sparse_file.h"
#include "symline/error.h"

namespace symline::process {

/// Told by the first bytes, not by the name.
bool is_compressed(const base::RegularFile& file);

/// The reason where it cannot: malformed, unsupported, too large (1 TiB, or 64 GiB that are not
/// zero), no space.
std::optional<std::string> unpack_core(const base::RegularFile& file, base::SparseFile& into);

/// The same, into a file of its own.
Expected<base::PagedFile> decompress_core(const std::string& path, const base::RegularFile& file);

}  // namespace symline::process
