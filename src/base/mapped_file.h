// A file mapped read-only into memory; one that is compressed as a whole (a kernel module in
// .ko.xz, .ko.zst or .ko.gz), unpacked into memory.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/unpack.h"
#include "symline/error.h"

namespace symline::base {

class MappedFile {
public:
    /// Maps a regular file. Errors: not_found, is_directory, not_a_file, unreadable, empty; of
    /// compressed files also malformed and unsupported.
    static Expected<MappedFile> open(const std::string& path);
    /// The bytes of the file as they are, compressed or not.
    static Expected<MappedFile> open_as_is(const std::string& path);

    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    ~MappedFile();

    Bytes bytes() const { return unpacked_.size() == 0 ? bytes_ : unpacked_.bytes(); }
    /// Releases the pages that were read (madvise); they are read again when needed.
    void release_pages() const;
    /// Copies a part of the bytes without touching the pages around it, for a few bytes here and
    /// there in a large file. False when that cannot be done.
    bool copy(Bytes part, std::uint8_t* to) const;

private:
    explicit MappedFile(Bytes bytes) : bytes_(bytes) {}
    void unmap();
    Expected<void> unpack(const std::string& path);

    Bytes bytes_;
    int descriptor_ = -1;  ///< of a large file, for copy()
    Pages unpacked_;
};

/// How a part of a file is going to be read.
enum class Access {
    scattered,  ///< a few bytes here and there: nothing around them is to be read from the disk
    in_order,   ///< as files are read most of the time
    soon,       ///< all of it
};
/// Tells the system (madvise); `part` must be of a mapped file.
void expect_access(Bytes part, Access access);

/// How much memory the mapped files of this process take at present; 0 where that is not known.
std::uint64_t resident_file_bytes();

}  // namespace symline::base
