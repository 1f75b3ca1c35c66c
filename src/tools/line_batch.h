// Lines that are answered together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace symline::tools {

class LineBatch {
public:
    /// More lines save no time, and their answers take memory (about 150 bytes each).
    static constexpr std::size_t most_lines = std::size_t{1024} * 1024;

    void clear() {
        text_.clear();
        ends_.clear();
    }
    void add(std::string_view line) {
        // Memory that is not used costs nothing, copies of what is do.
        const std::size_t size = text_.size() + line.size();
        if (size > text_.capacity()) text_.reserve(8 * size);
        if (ends_.size() == ends_.capacity()) ends_.reserve(8 * ends_.size() + 1);
        text_ += line;
        ends_.push_back(static_cast<std::uint32_t>(text_.size()));
    }
    bool full() const { return ends_.size() >= most_lines || text_.size() >= most_text; }
    std::size_t size() const { return ends_.size(); }
    std::string_view operator[](std::size_t index) const {
        const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
        return std::string_view(text_).substr(begin, ends_[index] - begin);
    }

private:
    static constexpr std::size_t most_text = std::size_t{64} * 1024 * 1024;

    std::string text_;
    std::vector<std::uint32_t> ends_;
};

}  // namespace symline::tools
