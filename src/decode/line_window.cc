#include "decode/line_window.h"

#include <utility>

namespace symline::decode {

void LineWindow::begin_text() {
    buffer_.clear();
    parser_ = {};
    lines_.clear();
    bytes_ = 0;
    number_ = 0;
}

bool LineWindow::is_wanted(std::string_view text) const {
    return text.size() < TextBuffer::kMaxLine && parser_.wants(text);
}

std::optional<NumberedLine> LineWindow::take_plain() {
    if (!lines_.empty()) return std::nullopt;
    const auto line = buffer_.take_line();
    if (!line) return std::nullopt;
    if (is_wanted(line->text)) {
        add(*line, true);
        return std::nullopt;
    }
    buffer_.release_before(line->chunk);
    return NumberedLine{*line, ++number_};
}

bool LineWindow::read_line() {
    const auto line = buffer_.take_line();
    if (!line) return false;
    add(*line, is_wanted(line->text));
    return true;
}

void LineWindow::add(const TextLine& line, bool wanted) {
    WindowLine& added = lines_.emplace_back();
    added.line = line;
    added.number = ++number_;
    bytes_ += line.text.size() + line.end.size();
    if (!wanted) return;
    if (spare_.empty()) {
        added.parsed = std::make_unique<log::ParsedLine>();
    } else {
        added.parsed = std::move(spare_.back());
        spare_.pop_back();
    }
    parser_.parse(line.text, *added.parsed);
}

bool LineWindow::has_line() {
    return !lines_.empty() || read_line();
}

WindowLine LineWindow::take() {
    WindowLine line = std::move(lines_.front());
    lines_.pop_front();
    bytes_ -= line.line.text.size() + line.line.end.size();
    buffer_.release_before(line.line.chunk);
    return line;
}

void LineWindow::reuse(WindowLine line) {
    if (line.parsed != nullptr) spare_.push_back(std::move(line.parsed));
}

bool LineWindow::look_ahead(std::size_t skip, Reach reach) {
    std::size_t skipped = 0;
    for (std::size_t i = 0; i < skip && i < lines_.size(); ++i) {
        skipped += lines_[i].line.text.size() + lines_[i].line.end.size();
    }
    while (lines_.size() < skip + reach.lines && bytes_ - skipped < reach.bytes) {
        if (!read_line()) return buffer_.ended();
    }
    return true;
}

}  // namespace symline::decode
