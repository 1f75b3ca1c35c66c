// A dump as a file of bytes: as it lies on disk, or put together from its flattened form.
//
// Dumps are larger than memory and often damaged or still being written, so they are read with
// pread, a page or a table at a time, and not mapped: a missing part is an error that is returned,
// not a signal.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "symline/error.h"

namespace symline::vmcore {

class DumpFile {
public:
    virtual ~DumpFile() = default;
    /// False when not all of it is in the file.
    virtual bool read(std::uint64_t offset, std::span<std::uint8_t> to) const = 0;
    /// The offset just after the last byte.
    virtual std::uint64_t size() const = 0;
    /// How many bytes are given; the others are zero because nothing says otherwise.
    virtual std::uint64_t given() const { return size(); }

    /// The bytes from `offset` on, at most `size`; fewer where the file ends.
    std::vector<std::uint8_t> read_some(std::uint64_t offset, std::uint64_t size) const;
};

/// Opens a dump; a flattened one (makedumpfile -F, QEMU's dump-guest-memory -z, -l, -s) appears as
/// the file that makedumpfile -R would make of it. What is wrong with it is appended to `problems`.
/// Errors: not_found, is_directory, not_a_file, unreadable, empty, malformed.
Expected<std::unique_ptr<DumpFile>> open_dump_file(const std::string& path,
                                                   std::vector<std::string>& problems);

/// The same, but a flattened one appears as its own bytes.
Expected<std::unique_ptr<DumpFile>> open_plain_file(const std::string& path);

}  // namespace symline::vmcore
