#include "decode/line_window.h"

#include <utility>

#include "log/byte_scan.h"

namespace symline::decode {

void LineWindow::begin_text() {
    buffer_.clear();
    parser_ = other_parser_ = {};
    embedded_.reset();
    among_members_ = false;
    csv_ = {};
    message_column_.reset();
    lines_.clear();
    bytes_ = 0;
    number_ = sequence_ = 0;
    goes_on_ = false;
}

LineWindow::Look LineWindow::look_at(std::string_view text) const {
    if (text.size() >= TextBuffer::kMaxLine) return {};
    // What a line of a text begins or ends with is in the middle of a line of JSON, where the quick
    // look does not know it.
    const bool parse = parser_.wants(text);
    return {parse,
            with_embedded_ && (parse || csv_.wants(text) || log::EmbeddedText::may_begin(text) ||
                               (among_members_ && log::EmbeddedText::may_go_on(text)))};
}

std::optional<NumberedLine> LineWindow::take_plain() {
    if (!lines_.empty() || embedded_ != nullptr) return std::nullopt;
    const auto line = buffer_.take_line();
    if (!line) return std::nullopt;
    const Look look = look_at(line->text);
    if (look.parse || look.open) {
        add_log_line(*line, look);
        return std::nullopt;
    }
    if (csv_.is_at_header()) csv_.read_header(line->text);
    buffer_.release_before(line->chunk);
    return NumberedLine{*line, number_of(*line)};
}

std::uint64_t LineWindow::number_of(const TextLine& line) {
    if (!std::exchange(goes_on_, line.end.empty())) ++number_;
    return number_;
}

bool LineWindow::read_line() {
    if (embedded_ != nullptr) {
        add_embedded_line();
        return true;
    }
    const auto line = buffer_.take_line();
    if (!line) return false;
    add_log_line(*line, look_at(line->text));
    return true;
}

void LineWindow::add_log_line(const TextLine& line, Look look) {
    number_of(line);
    const auto content = look.open ? open_embedded(line) : Content::text;
    // Not before: the header is none of its rows.
    if (csv_.is_at_header()) csv_.read_header(line.text);
    if (content == Content::embedded) return add_embedded_line();
    WindowLine& added = add(line);
    if (look.parse && content == Content::text) parse(parser_, added);
}

WindowLine& LineWindow::add(const TextLine& line) {
    WindowLine& added = lines_.emplace_back();
    added.line = line;
    added.log_text = line.text;
    added.number = number_;
    added.sequence = ++sequence_;
    bytes_ += line.text.size() + line.end.size();
    return added;
}

void LineWindow::parse(log::Parser& parser, WindowLine& line) {
    if (spare_.empty()) {
        line.parsed = std::make_unique<log::ParsedLine>();
    } else {
        line.parsed = std::move(spare_.back());
        spare_.pop_back();
    }
    parser.parse(line.line.text, *line.parsed);
}

LineWindow::Content LineWindow::open_embedded(const TextLine& line) {
    const auto text = line.text;
    // Numbers and brackets.
    constexpr std::string_view kNoText = " \t{}[],-.0123456789";
    if (among_members_ && text.find_first_not_of(kNoText) == text.npos) return Content::none;
    const bool among_members = std::exchange(among_members_, false);
    const bool goes_on = among_members && log::EmbeddedText::may_go_on(text);
    const bool begins = goes_on || log::EmbeddedText::may_begin(text);
    if (!among_members && csv_.is_rather_row(text)) {
        if (const auto row = csv_.read(text); !row.fields.empty()) return open_row(line, row);
    }
    // Other lines that hold texts have quotes or rsyslog's "#012".
    if (!begins && !csv_.wants(text) && !log::contains_any<'"', '#'>(text)) return Content::text;
    if (!begins && !text.contains("{\"")) return open_plain(line);
    auto opened = std::make_shared<log::EmbeddedText>();
    using Above = log::EmbeddedText::Above;
    if (!opened->assign(text, goes_on ? Above::object : Above::nothing)) return open_plain(line);
    among_members_ = among_members || opened->is_part();
    return open(std::move(opened), line);
}

LineWindow::Content LineWindow::open_plain(const TextLine& line) {
    const auto text = line.text;
    const bool may_be_row = csv_.wants(text) || text.contains('"');
    const auto row = may_be_row ? csv_.read(text) : log::CsvRow();
    if (!row.fields.empty()) return open_row(line, row);
    if (!text.contains(log::EmbeddedText::kEscapedLineEnd)) return Content::text;
    auto opened = std::make_shared<log::EmbeddedText>();
    return opened->assign_escaped(text) ? open(std::move(opened), line) : Content::text;
}

LineWindow::Content LineWindow::open_row(const TextLine& line, const log::CsvRow& row) {
    // Most rows of a table have nothing, and in a stack every line counts.
    const bool says_nothing =
        !parser_.wants({}) && !log::EmbeddedText::may_match_any(line.text, row);
    if (says_nothing && !line.text.contains('"'))
        return message_column_ ? Content::none : Content::text;
    auto opened = std::make_shared<log::EmbeddedText>();
    return opened->assign(line.text, row, message_column_) ? open(std::move(opened), line)
                                                           : Content::text;
}

LineWindow::Content LineWindow::open(std::shared_ptr<const log::EmbeddedText> text,
                                     const TextLine& line) {
    const auto lines = text->lines();
    if (lines.empty()) return Content::none;
    const bool says_nothing =
        lines.size() == 1 && lines.front().is_message && !parser_.wants(text->text(lines.front()));
    if (says_nothing) return Content::none;
    embedded_ = std::move(text);
    next_embedded_ = 0;
    log_line_ = line;
    return Content::embedded;
}

/// The next of them. A line of the log may hold millions: they are made as they are needed.
void LineWindow::add_embedded_line() {
    const auto& line = embedded_->lines()[next_embedded_];
    const bool last = next_embedded_ + 1 == embedded_->lines().size();
    const auto text = embedded_->text(line);
    WindowLine& added = add({text, last ? log_line_.end : std::string_view(), log_line_.chunk});
    added.log_text = log_line_.text;
    added.embedded = embedded_;
    added.index = next_embedded_++;
    if (!line.is_message) {
        parse(other_parser_, added);
    } else if (parser_.wants(text)) {
        parse(parser_, added);
    }
    if (last) embedded_.reset();
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
