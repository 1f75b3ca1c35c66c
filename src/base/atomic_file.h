// A file that is there as a whole or not at all.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "symline/error.h"

namespace symline::base {

/// In the name of a file that is being written: the rest of a writer that was killed has it, too.
inline constexpr const char* kUnfinished = ".part-";

class AtomicFile {
public:
    /// Begins to write `path`, under another name. Makes the folders that are missing, which are
    /// the user's alone. Errors: unreadable, with the system's reason.
    static Expected<AtomicFile> create(std::string path);
    AtomicFile(AtomicFile&& other) noexcept;
    AtomicFile& operator=(AtomicFile&&) = delete;
    /// Without commit() nothing is left of it.
    ~AtomicFile();

    int descriptor() const { return descriptor_; }
    Expected<void> write(std::span<const std::uint8_t> bytes);
    /// Gives the file its name; one of that name is replaced.
    Expected<void> commit();

private:
    explicit AtomicFile(std::string path);

    std::string path_;
    std::string unfinished_path_;
    int descriptor_ = -1;
};

/// A whole file at once.
Expected<void> write_atomically(const std::string& path, std::span<const std::uint8_t> bytes);

}  // namespace symline::base
