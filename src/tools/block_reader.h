// Lines of a log, read in large blocks, with their ends: what is copied through must come out byte
// for byte.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace symline::tools {

struct LogLine {
    std::string_view text;  ///< without its end
    std::string_view end;   ///< "\n", "\r\n", or nothing at the end of the input
    std::string_view whole() const { return {text.data(), text.size() + end.size()}; }
};

class BlockReader {
public:
    /// `descriptor` is borrowed.
    explicit BlockReader(int descriptor) : descriptor_(descriptor) {}

    /// The next line; nothing at the end or on an error. Valid until the next call. What exceeds
    /// `longest_line` comes as several lines without an end. `before_waiting` is called when no
    /// input is there yet and the next read would wait; when it returns false, reading ends.
    template <typename BeforeWaiting>
    std::optional<LogLine> next(BeforeWaiting before_waiting) {
        for (;;) {
            if (auto line = take_line()) return line;
            if (ended_) return std::nullopt;
            if (!input_ready() && !before_waiting()) return std::nullopt;
            fill();
        }
    }

    /// Waits for more input behind ahead(), no longer than that; false when none came. Lines and
    /// views given before are not valid any more.
    bool wait(int milliseconds);

    /// What was read and not taken yet: whole lines, and the beginning of another one. Valid until
    /// the next call of next().
    std::string_view ahead() const { return {buffer_.data() + start_, filled_ - start_}; }

    /// The errno of a failed read, 0 when none failed.
    int error() const { return error_; }

    static constexpr std::size_t longest_line = std::size_t{64} * 1024 * 1024;

private:
    std::optional<LogLine> take_line();
    bool input_ready(int milliseconds = 0) const;
    void fill();

    int descriptor_;
    std::vector<char> buffer_;
    std::size_t start_ = 0;    ///< of the next line
    std::size_t scanned_ = 0;  ///< no line end between start_ and this
    std::size_t filled_ = 0;
    bool ended_ = false;
    int error_ = 0;
};

}  // namespace symline::tools
