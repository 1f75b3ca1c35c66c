// A file in memory (memfd), for code that reads or writes descriptors or paths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace symline::base {

class MemoryFile {
public:
    /// `name` is shown in /proc/PID/maps and nowhere else.
    explicit MemoryFile(const char* name);
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    ~MemoryFile();

    /// -1 when the system refused to make one: what is written is lost then, and text() is empty.
    int descriptor() const { return descriptor_; }
    /// Appends. False when not all of it could be written.
    bool write(std::span<const std::uint8_t> bytes) const;
    /// The first `max` bytes.
    std::string text(std::size_t max) const;
    /// Opens the file while this object lives, in this process alone.
    std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

private:
    int descriptor_;
};

}  // namespace symline::base
