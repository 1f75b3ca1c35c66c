// Compressed cores, as coredumpctl keeps them: .zst, .lz4, .xz.
#pragma once

#include <string>

#include "base/mapped_file.h"
#include "symline/error.h"

namespace symline::process {

/// Told by the first bytes, not by the name.
bool is_compressed(base::Bytes file);

/// Unpacks into a sparse file without a name in $TMPDIR or /var/tmp. Errors: malformed,
/// unsupported, too large (1 TiB, or 64 GiB that are not zero), no space.
Expected<base::MappedFile> decompress_core(const std::string& path, base::Bytes file);

}  // namespace symline::process
