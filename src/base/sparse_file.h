// A temporary file without a name for what may be large and full of zeros, such as a core.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/unpack_bound.h"

namespace symline::base {

/// In TMPDIR, else in /var/tmp: /tmp may be memory, and a core larger than that. It is gone when
/// the object is, but for mappings of it.
class SparseFile {
public:
    SparseFile() = default;
    SparseFile(const SparseFile&) = delete;
    SparseFile& operator=(const SparseFile&) = delete;
    ~SparseFile();

    /// All of these return the reason when they cannot do it.
    std::optional<std::string> open();
    /// What may be written besides zeros; before the first append().
    void limit(const UnpackBound& bound) { bound_ = bound; }
    /// Pages of zeros take no room on the disk.
    std::optional<std::string> append(std::span<const std::uint8_t> bytes);
    /// After the last append().
    std::optional<std::string> finish() const;

    /// Opens the file while this object lives, in this process alone.
    std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

private:
    bool write(std::span<const std::uint8_t> piece) const;
    std::optional<std::string> count(std::uint64_t bytes);

    int descriptor_ = -1;
    std::uint64_t size_ = 0;
    std::uint64_t written_ = 0;
    std::uint64_t with_room_ = 0;  ///< of `written_`: there was room for so much
    UnpackBound bound_;
};

}  // namespace symline::base
