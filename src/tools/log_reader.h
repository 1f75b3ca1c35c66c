// The text of a log as it comes, from a file or a pipe: unpacked where the log is compressed, and
// in UTF-8 where it is UTF-16, both by its first bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/stream_unpacker.h"
#include "tools/text_encoding.h"

namespace symline::tools {

class LogReader {
public:
    /// `descriptor` is borrowed.
    explicit LogReader(int descriptor);

    /// Whether read() would return at once, after at most so long.
    bool ready(int milliseconds) const;
    /// What comes next, a few hundred KB at most; waits for it. Empty at the end, on an error, and
    /// sometimes otherwise. Valid until the next call.
    std::string_view read();
    bool ended() const { return ended_; }
    /// Why not all could be read; empty where all was.
    const std::string& problem() const { return problem_; }
    /// See TextEncoding.
    bool had_mark() const { return encoding_.had_mark(); }

private:
    std::string_view read_bytes();
    std::string_view next_bytes();
    std::string_view open(std::string_view bytes);
    std::string_view unpack();

    int descriptor_;
    std::vector<char> block_;
    std::string start_;  ///< until it is known what it is the start of
    bool opened_ = false;
    std::unique_ptr<StreamUnpacker> unpacker_;
    std::string_view packed_;  ///< what was read and not unpacked yet
    std::vector<char> unpacked_;
    bool has_more_ = false;  ///< there was no room for all that could be unpacked
    TextEncoding encoding_;
    bool bytes_ended_ = false;
    bool ended_ = false;
    std::string problem_;
};

}  // namespace symline::tools
