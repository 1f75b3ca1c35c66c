// Text to occurrences, a line at a time.
//
// The parser opens no file and keeps little between lines (whether it is inside of a bpftrace
// stack, whether the next frame is the first, what stands in front of the messages of the text). It
// never fails: a line in which it finds nothing is a line without occurrences.
#pragma once

#include <string_view>

#include "log/margin.h"
#include "log/occurrence.h"
#include "log/stack_state.h"

namespace symline::log {

class Parser {
public:
    /// `line` without its line end ("\n" or "\r\n" taken off). `result` is filled anew; its vectors
    /// keep their memory from line to line.
    void parse(std::string_view line, ParsedLine& result);

    /// False when no rule could possibly match the line on its own: a quick look that reads each
    /// byte at most once, so that text without stacks passes at the speed of memory. It knows
    /// nothing of the lines before: ask wants() to decide whether a line of a stream may skip
    /// parse().
    static bool may_match(std::string_view line);

    /// may_match(), and always true inside of a stack, where a bare name is a frame and where the
    /// first line that is no frame has to be seen. Lines that it refuses change nothing in the
    /// parser.
    bool wants(std::string_view line) const;

private:
    struct Message {
        std::string_view text;
        bool is_frame = false;  ///< by its first word: no fact of a report begins so
    };
    std::size_t known_prefix(std::string_view line) const;
    Message find_message(std::string_view line, ParsedLine& result);
    void parse_line(std::string_view line, ParsedLine& result);
    void parse_lines(std::string_view lines, ParsedLine& result);

    StackState state_;
    Margin margin_;
};

}  // namespace symline::log
