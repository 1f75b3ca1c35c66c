// The bytes of a log as they come, from a file or a pipe.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace symline::tools {

class LogReader {
public:
    /// `descriptor` is borrowed.
    explicit LogReader(int descriptor);

    /// Whether read() would return at once, after at most so long.
    bool ready(int milliseconds) const;
    /// What comes next, at most 256 KB; waits for it. Empty at the end, on an error, and sometimes
    /// otherwise. Valid until the next call.
    std::string_view read();
    bool ended() const { return ended_; }
    /// The errno of a failed read, 0 when none failed.
    int error() const { return error_; }

private:
    int descriptor_;
    std::vector<char> block_;
    bool ended_ = false;
    int error_ = 0;
};

}  // namespace symline::tools
