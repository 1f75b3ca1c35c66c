// The packed kernel inside a bootable image: streams of the methods that the kernel's build packs
// with, each found by its header and unpacked in memory.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/unpack.h"
#include "symline/error.h"

namespace symline::find {

/// "gzip", "xz", "bzip2", "lzma", "lz4", "zstd" or "lzo": the method whose stream starts here, by
/// all that its header says, not by the magic number alone (decompressors hold that as a string).
/// Empty: none.
std::string_view packing_method(base::Bytes stream);

/// Errors carry no file name: malformed, and unsupported for lzo, for what is larger than `limit`
/// unpacked and where libarchive is missing. What follows the stream does no harm.
Expected<base::Pages> unpack_stream(base::Bytes stream,
                                    std::uint64_t limit = base::kMaxUnpackedSize);

/// Where streams seem to start, in order; the first 16 of them.
std::vector<std::size_t> packed_streams(base::Bytes file);

}  // namespace symline::find
