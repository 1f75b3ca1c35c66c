// A file mapped read-only into memory.
#pragma once

#include <string>

#include "elf/bytes.h"
#include "symline/error.h"

namespace symline::elf {

class MappedFile {
public:
    /// Maps a regular file. Errors: not_found, is_directory, not_a_file, unreadable, empty.
    static Expected<MappedFile> open(const std::string& path);

    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    ~MappedFile();

    Bytes bytes() const { return bytes_; }

private:
    explicit MappedFile(Bytes bytes) : bytes_(bytes) {}
    Bytes bytes_;
};

}  // namespace symline::elf
