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
#include "log/embedded_text.h"
#include "log/parser.h"

namespace symline::decode {

struct NumberedLine {
    TextLine line;
    std::uint64_t number = 0;  ///< of the log's line, from 1
};

struct WindowLine : NumberedLine {
    std::uint64_t sequence = 0;  ///< one more than that of the line before, in the same text
    std::string_view log_text;   ///< of the log's line, which may hold several of these
    /// What the line is in, and which of its lines it is; null: it is a line of the log.
    std::shared_ptr<const log::EmbeddedText> embedded;
    std::size_t index = 0;
    /// Null: the line has nothing that a rule of the parser could match.
    std::unique_ptr<log::ParsedLine> parsed;
};

class LineWindow {
public:
    explicit LineWindow(bool with_embedded = true) : with_embedded_(with_embedded) {}

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
    enum class Content {
        text,      ///< of the log itself
        none,      ///< JSON that says nothing
        embedded,  ///< the next lines are those of `embedded_`
    };

    /// What a line may be worth.
    struct Look {
        bool parse = false;
        bool open = false;  ///< it may hold texts
    };

    bool read_line();
    /// Counts a line of the log; the pieces of one that is too long have one number.
    std::uint64_t number_of(const TextLine& line);
    Look look_at(std::string_view text) const;
    void add_log_line(const TextLine& line, Look look);
    Content open_embedded(const TextLine& line);
    Content open_plain(const TextLine& line);
    Content open_row(const TextLine& line, const log::CsvRow& row);
    Content open(std::shared_ptr<const log::EmbeddedText> text, const TextLine& line);
    void add_embedded_line();
    WindowLine& add(const TextLine& line);
    void parse(log::Parser& parser, WindowLine& line);

    bool with_embedded_;

    TextBuffer buffer_;
    log::Parser parser_;
    log::Parser other_parser_;  ///< of strings that are no messages: what is around them is not
    std::shared_ptr<const log::EmbeddedText> embedded_;  ///< has lines that were not added yet
    std::size_t next_embedded_ = 0;
    TextLine log_line_;  ///< which they are in
    log::CsvReader csv_;
    std::optional<std::size_t> message_column_;
    bool among_members_ = false;  ///< inside of an object that is printed over several lines
    std::deque<WindowLine> lines_;
    std::size_t bytes_ = 0;     ///< of lines_
    std::uint64_t number_ = 0;  ///< of the last log line that was read
    bool goes_on_ = false;      ///< that was a piece of it, and the next one is another
    std::uint64_t sequence_ = 0;
    std::vector<std::unique_ptr<log::ParsedLine>> spare_;
};

}  // namespace symline::decode
