// Standard output, buffered.
//
// What a terminal obeys is decided here and nowhere else: text may hold names, paths and log lines
// of strangers, and when the reader is a terminal every control character in it is made visible,
// but for tabs and line ends. Only append_markup passes sequences on.
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
    /// Text with colours and links of our own in it. Names inside it have been made visible by the
    /// function that put them between the sequences.
    void append_markup(std::string_view text);

    /// Writes the buffer out when it has grown large. False when there is no use in going on.
    bool flush_if_large();
    /// Writes the buffer out. False when there is no use in going on.
    bool flush();

    /// The reader closed its end (`| head`), which is success.
    bool reader_gone() const { return reader_gone_; }
    /// The errno of a failed write, such as that of a full disk; 0 when none failed.
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
