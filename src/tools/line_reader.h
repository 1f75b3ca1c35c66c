// Reads lines from a file descriptor. The caller can write its answers before a read would block,
// so that a program at the other end of the pipe never waits for one that is still in a buffer.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace symline::tools {

class LineReader {
public:
    /// `descriptor` is borrowed.
    explicit LineReader(int descriptor = 0) : descriptor_(descriptor) {}

    /// The next line without its "\n", valid until the next call; nothing at the end or after an
    /// error. The last line may lack its "\n". Bytes after the first `kMaxLine` are dropped.
    /// `before_waiting` is called if no input is available and the next read would block; if it
    /// returns false, reading ends.
    template <typename BeforeWaiting>
    std::optional<std::string_view> next(BeforeWaiting before_waiting) {
        while (!line_complete()) {
            if (ended_) return rest();
            if (!input_ready() && !before_waiting()) return std::nullopt;
            fill();
        }
        return take_line();
    }

    /// The complete lines, each with its "\n", that are available now or within `wait`
    /// milliseconds. Valid until the next call. They may be longer than `kMaxLine`.
    std::string_view ready_lines(int wait = 0);

    /// The errno of a failed read; 0 if none failed.
    int error() const { return error_; }

    static constexpr std::size_t kMaxLine = std::size_t{1024} * 1024;

private:
    bool line_complete();
    bool input_ready(int wait = 0) const;
    void fill();
    std::string_view take_line();
    std::optional<std::string_view> rest();

    int descriptor_;
    std::string buffer_;
    std::size_t start_ = 0;    ///< of the line that is being read
    std::size_t scanned_ = 0;  ///< no line end before this
    bool ended_ = false;
    int error_ = 0;
};

}  // namespace symline::tools
