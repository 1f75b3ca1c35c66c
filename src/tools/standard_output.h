// Standard output, buffered.
//
// Whether a terminal acts on control characters is decided here and nowhere else. Text may contain
// names, paths and log lines from untrusted files: if a terminal reads it, every control character
// except tabs and line ends is made visible. Only append_markup passes escape sequences on.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "output/terminal_text.h"

namespace symline::tools {

class StandardOutput {
public:
    /// `descriptor` is borrowed.
    explicit StandardOutput(int descriptor = 1);
    StandardOutput(int descriptor, output::Reader reader)
        : descriptor_(descriptor), reader_(reader) {}

    output::Reader reader() const { return reader_; }

    /// Where text is appended.
    std::string& buffer() { return buffer_; }
    /// Text with our own colours and links. The function that wrote the sequences has made the
    /// names between them visible.
    void append_markup(std::string_view text);

    /// Writes the buffer if it has become large. False if there is no point in continuing.
    bool flush_if_large();
    /// Writes the buffer. False if there is no point in continuing.
    bool flush();

    /// The reader closed its end (`| head`), which is success.
    bool reader_gone() const { return reader_gone_; }
    /// The errno of a failed write, such as ENOSPC; 0 if none failed.
    int error() const { return error_; }

private:
    struct Markup {
        std::size_t begin;
        std::size_t end;
    };

    std::string text_for_terminal() const;

    int descriptor_;
    output::Reader reader_;
    std::string buffer_;
    std::vector<Markup> markup_;  ///< positions in the buffer; none unless a terminal reads
    bool reader_gone_ = false;
    int error_ = 0;
};

}  // namespace symline::tools
