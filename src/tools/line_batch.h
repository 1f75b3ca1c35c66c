// Lines that are answered together.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/line_reader.h"

namespace symline::tools {

class LineBatch {
public:
    /// More lines would save no time, and each answer takes about 150 bytes.
    static constexpr std::size_t kMaxLines = std::size_t{1024} * 1024;

    void clear() {
        text_.clear();
        ends_.clear();
    }
    void add(std::string_view line) {
        make_room(line.size() + 1, 1);
        text_ += line;
        text_ += '\n';
        ends_.push_back(static_cast<std::uint32_t>(text_.size()));
    }
    /// Lines, each with its "\n".
    void add_lines(std::string_view lines) {
        constexpr std::size_t kShortLine = 8;  // fewer characters than most have
        make_room(lines.size(), lines.size() / kShortLine);
        const std::size_t begin = text_.size();
        text_ += lines;
        for (std::size_t at = 0; at < lines.size();) {
            at = lines.find('\n', at) + 1;
            ends_.push_back(static_cast<std::uint32_t>(begin + at));
        }
    }
    bool full() const { return ends_.size() >= kMaxLines || text_.size() >= kMaxText; }
    std::size_t size() const { return ends_.size(); }
    std::string_view operator[](std::size_t index) const {
        const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
        const std::size_t size = ends_[index] - begin - 1;
        return std::string_view(text_).substr(begin, std::min(size, LineReader::kMaxLine));
    }

private:
    /// Unused capacity costs nothing; copying does.
    void make_room(std::size_t text, std::size_t lines) {
        if (text_.size() + text > text_.capacity()) text_.reserve(8 * (text_.size() + text));
        if (ends_.size() + lines > ends_.capacity()) ends_.reserve(8 * (ends_.size() + lines));
    }

    static constexpr std::size_t kMaxText = std::size_t{64} * 1024 * 1024;

    std::string text_;
    std::vector<std::uint32_t> ends_;  ///< after the "\n" of each
};

}  // namespace symline::tools
