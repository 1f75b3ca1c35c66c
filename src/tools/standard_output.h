// Standard output, buffered, with the two ways in which writing ends early told apart: a reader
// that has gone (`| head`), which is success, and a failure such as a full disk.
#pragma once

#include <cstddef>
#include <string>

namespace symline::tools {

class StandardOutput {
public:
    /// `descriptor` is borrowed.
    explicit StandardOutput(int descriptor = 1) : descriptor_(descriptor) {}

    /// From now on control characters are made visible when they are written: for a terminal, and
    /// programs that print no escape sequences themselves.
    void make_controls_visible() { visible_ = true; }

    /// Where answers are appended.
    std::string& buffer() { return buffer_; }
    /// Writes the buffer out when it has grown large. False when there is no use in going on.
    bool flush_if_large();
    /// Writes the buffer out. False when there is no use in going on.
    bool flush();

    bool reader_gone() const { return reader_gone_; }
    /// The errno of a failed write, 0 when none failed.
    int error() const { return error_; }

private:
    int descriptor_;
    std::string buffer_;
    bool reader_gone_ = false;
    int error_ = 0;
    bool visible_ = false;
};

}  // namespace symline::tools
