// Compressed data in pieces, as it comes: logs that were rotated (.gz, .xz, .zst), also several
// members one after the other.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/unpack.h"

namespace symline::tools {

class StreamUnpacker {
public:
    virtual ~StreamUnpacker() = default;

    /// Reads from the front of `in` and writes to the front of `out`, and takes both off, until one
    /// of them is empty. `last`: nothing comes after `in`. False where the data is damaged.
    virtual bool run(std::string_view& in, std::span<char>& out, bool last) = 0;
    /// Whether the data may end here.
    virtual bool complete() const = 0;
};

/// Null for Packing::none, and where there is no memory.
std::unique_ptr<StreamUnpacker> make_stream_unpacker(base::Packing packing);

}  // namespace symline::tools
