// The lines of a log, each parsed once: the one that is next, and those below it as far as they
// are needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "decode/text_buffer.h"
#include "log/parser.h"

namespace symline::decode {

struct NumberedLine {
    TextLine line;
    std::uint64_t number = 0;  ///< from 1
};

struct WindowLine : NumberedLine {
    /// Null: the line has nothing that a rule of the parser could match.
    std::unique_ptr<log::ParsedLine> parsed;
};

class LineWindow {
public:
    /// How far below a line something is looked for.
    struct Reach {
        std::size_t lines = 0;
        std::size_t bytes = 0;
    };

    void feed(std::string_view text) { buffer_.feed(text); }
    void end() { buffer_.end(); }
    bool ended() const { return buffer_.ended(); }
    void begin_text();

    /// Whether there is a line at the front; reads it if need be.
    bool has_line();
    /// Takes out the next line if none was read yet and no rule of the parser could match it: most
    /// lines of most logs go this way. Nothing where there is no such line.
    std::optional<NumberedLine> take_plain();
    const WindowLine& front() const { return lines_.front(); }
    /// Takes the front line out. Its text is valid until the next one is taken out.
    WindowLine take();
    /// Gives the memory of a line that was taken out back for the next ones.
    void reuse(WindowLine line);

    /// Reads the lines below the first `skip` lines as far as `reach` goes, all of them where less
    /// was fed. True when so much is there, or the text ends before.
    bool look_ahead(std::size_t skip, Reach reach);
    /// All that were read, from the front on.
    const std::deque<WindowLine>& lines() const { return lines_; }

private:
    bool read_line();
    bool is_wanted(std::string_view text) const;
    void add(const TextLine& line, bool wanted);

    TextBuffer buffer_;
    log::Parser parser_;
    std::deque<WindowLine> lines_;
    std::size_t bytes_ = 0;  ///< of lines_
    std::uint64_t number_ = 0;
    std::vector<std::unique_ptr<log::ParsedLine>> spare_;
};

}  // namespace symline::decode
