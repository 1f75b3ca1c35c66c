// The progress of a download, as one line of text.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "symline/fetch.h"

namespace symline::tools {

/// "2 of 5: linux-image-6.1.0-dbg/vmlinux, 213 of 633 MB, 35 MB/s, 12 s left". Of several files
/// being fetched, the one with the most bytes left is named. Empty when there is none.
std::string progress_text(const FetchProgress& progress, std::chrono::steady_clock::time_point now);

/// The same for a terminal of so many columns: shortened by "..." in the middle.
std::string fit_to_columns(std::string text, std::size_t columns);

/// Writes the line to standard error: on a terminal after half a second, and over itself; elsewhere
/// a new line every ten seconds.
class ProgressLine {
public:
    explicit ProgressLine(std::string program);

    void show(const FetchProgress& progress);
    /// Another kind of work, described by `text`.
    void show(std::string text);
    /// The work has ended.
    void end();
    /// Erases the line from the terminal, so that another one can be written.
    void clear();

private:
    using Clock = std::chrono::steady_clock;

    bool due(Clock::time_point now);
    void write(std::string text, Clock::time_point now);

    std::string program_;
    bool terminal_;
    bool drawn_ = false;
    bool under_way_ = false;
    Clock::time_point next_;
};

}  // namespace symline::tools
