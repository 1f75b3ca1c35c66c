// The encoding of a text by the mark at its start: UTF-16, as Windows and WSL write it, becomes
// UTF-8; everything else stays as it is.
#pragma once

#include <string>
#include <string_view>

namespace symline::tools {

class TextEncoding {
public:
    /// The next piece of the text in UTF-8; `last`: nothing comes after it. Valid until the next
    /// call, and as long as `piece`.
    std::string_view convert(std::string_view piece, bool last);
    /// Whether the text began with UTF-8's mark, which was taken off.
    bool had_mark() const { return had_mark_; }

private:
    enum class Form { undecided, bytes, utf16_little, utf16_big };

    bool decide(bool last);
    std::string_view convert_utf16(std::string_view piece, bool last);
    unsigned unit_at(std::string_view text, std::size_t at) const;

    Form form_ = Form::undecided;
    bool had_mark_ = false;
    std::string kept_;  ///< the start while it is undecided, then a part of a character
    std::string text_;
};

}  // namespace symline::tools
