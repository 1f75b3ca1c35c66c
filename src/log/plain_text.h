// A line without what terminals, web pages, mail and loggers lay over its text: colours, entities,
// escapes, and quotes or tags around all of it. The rules read the plain text; what they find is
// given in places of the line as it is, of which no byte is lost.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace symline::log {

class PlainText {
public:
    /// Longer lines are read as they are: what is kept of one may be several times its size.
    static constexpr std::size_t kMaxLine = std::size_t{1} << 20;

    /// Whether the plain text of the line is another one.
    static bool differs(std::string_view line);

    /// The text without colours, also such as are written out.
    static std::string without_controls(std::string_view text);

    void assign(std::string_view line);
    /// Line feeds in it are those that a logger had escaped.
    std::string_view text() const { return text_; }
    /// How much of the line is a quote or a tag that opens in front of the text.
    std::size_t opening() const { return opening_; }
    /// Where in the line the character `at` of the text begins.
    std::size_t begin_of(std::size_t at) const;
    /// Where in the line the character in front of `at` ends.
    std::size_t end_of(std::size_t at) const;
    /// Where in the line a prefix or an indentation of `at` characters ends: after what colours it,
    /// in front of emphasis that opens.
    std::size_t end_of_front(std::size_t at) const;

private:
    /// From here on the line's characters are the text's, up to the next piece.
    struct Piece {
        std::size_t at = 0;        ///< in the text
        std::size_t in_line = 0;   ///< where that character begins
        std::size_t width = 1;     ///< and how long it is there: "&lt;" is one
        std::size_t emphasis = 0;  ///< that stands in front of it
    };
    const Piece& piece_of(std::size_t at) const;

    std::string text_;
    std::vector<Piece> pieces_;
    std::size_t opening_ = 0;
};

}  // namespace symline::log
