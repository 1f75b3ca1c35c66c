// A regular file, open for reading: what comes from elsewhere may name a FIFO, a device or a
// folder.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "symline/error.h"

namespace symline::base {

/// A descriptor, which is the caller's to close. Unlike RegularFile, an empty file is one too, as
/// those of /proc seem to be. Errors: not_found, is_directory, not_a_file, unreadable.
Expected<int> open_regular(const std::string& path);

class RegularFile {
public:
    /// Errors: not_found, is_directory, not_a_file, unreadable, empty.
    static Expected<RegularFile> open(const std::string& path);
    /// Of a descriptor, which is this object's from then on, also where it is refused.
    static Expected<RegularFile> from_descriptor(int descriptor, const std::string& path);

    RegularFile(RegularFile&& other) noexcept;
    RegularFile& operator=(RegularFile&& other) noexcept;
    ~RegularFile();

    int descriptor() const { return descriptor_; }
    /// The descriptor is the caller's from then on.
    int release() { return std::exchange(descriptor_, -1); }
    /// When it was opened.
    std::uint64_t size() const { return size_; }
    /// False when not all of it is in the file, or it cannot be read.
    bool read(std::uint64_t offset, std::span<std::uint8_t> to) const;

private:
    explicit RegularFile(int descriptor) : descriptor_(descriptor) {}

    int descriptor_;
    std::uint64_t size_ = 0;
};

/// What a changed file has other than before.
struct FileStamp {
    std::uint64_t size = 0;
    std::int64_t changed = 0;  ///< st_mtim, in nanoseconds since 1970
    friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
/// Nothing where there is no such file.
std::optional<FileStamp> stamp_of(const std::string& path);

/// When a file was changed, in seconds since 1970; 0 where that cannot be told.
std::int64_t changed_at(const std::string& path);

}  // namespace symline::base
