#include "output/thread_heading.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "output/kernel_tables.h"
#include "output/numbers.h"
#include "output/terminal_text.h"

namespace symline::output {
namespace {

constexpr std::size_t kLineWidth = 80;
constexpr std::size_t kIndent = 8;
/// More ids than these lines hold are counted: 10,000 would be a thousand lines above one stack.
constexpr std::size_t kMaxIdLines = 8;
/// Fewer ids that follow one another are not a range.
constexpr std::size_t kMinRange = 3;

void append_quoted_name(std::string& out, std::string_view name) {
    out += " \"";
    append_visible(out, name);
    out += '"';
}

/// A part of the list that no line end comes into, and how many threads it stands for.
struct Piece {
    std::string text;
    std::size_t count = 1;
};

/// How many ids from `from` on follow one another.
std::size_t run_length(const std::vector<int>& ids, std::size_t from) {
    std::size_t to = from + 1;
    while (to < ids.size() && std::int64_t{ids[to]} - ids[to - 1] == 1) ++to;
    return to - from;
}

/// Where tasks have different names, each has its own.
std::vector<Piece> pieces_of(const CoreThreadReport& thread) {
    std::vector<Piece> pieces;
    const bool named = thread.name.empty() && thread.tasks.size() == thread.tids.size();
    for (std::size_t i = 0; i < thread.tids.size(); i += pieces.back().count) {
        Piece piece{std::to_string(thread.tids[i])};
        if (named) {
            append_quoted_name(piece.text, thread.tasks[i].name);
        } else if (const auto run = run_length(thread.tids, i); run >= kMinRange) {
            piece.count = run;
            piece.text += '-';
            piece.text += std::to_string(thread.tids[i + run - 1]);
        }
        pieces.push_back(std::move(piece));
    }
    return pieces;
}

/// Words of one paragraph: a word that does not fit into its line begins the next.
class Paragraph {
public:
    explicit Paragraph(std::string& out) : out_(out), line_begin_(out.size()) {}

    void begin_line() {
        out_ += '\n';
        line_begin_ = out_.size();
        out_.append(kIndent, ' ');
        ++lines_;
    }
    bool fits(std::size_t size) const { return out_.size() - line_begin_ + size <= kLineWidth; }
    std::size_t lines() const { return lines_; }

private:
    std::string& out_;
    std::size_t line_begin_;
    std::size_t lines_ = 1;
};

void append_ids(std::string& out, Paragraph& paragraph, const std::vector<Piece>& pieces,
                std::size_t count, Ids ids) {
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        const Piece& piece = pieces[i];
        const bool last = i + 1 == pieces.size();
        if (i != 0 && !paragraph.fits(piece.text.size() + (last ? 0 : 1))) {
            out.pop_back();
            if (ids == Ids::some && paragraph.lines() == kMaxIdLines) {
                paragraph.begin_line();
                out += "and " + std::to_string(count) + " more";
                return;
            }
            paragraph.begin_line();
        }
        out += piece.text;
        if (!last) out += ", ";
        count -= piece.count;
    }
}

/// What is said of all of them.
std::string ending(const CoreThreadReport& thread) {
    std::string text;
    if (!thread.name.empty()) append_quoted_name(text, thread.name);
    if (thread.crashing) text += " (crashed)";
    if (thread.tids.size() > 1) {
        text += " (" + std::to_string(thread.tids.size()) +
                (thread.frames.empty() ? " alike)" : " with the same stack)");
    }
    const auto summary = task_summary(thread.tasks);
    if (!summary.empty()) (text += ", ") += summary;
    return text += ":";
}

}  // namespace

void append_thread_heading(std::string& out, const CoreThreadReport& thread, Ids ids) {
    Paragraph paragraph(out);
    if (thread.cpu) {
        out += "CPU ";
        append_decimal(out, static_cast<std::uint64_t>(*thread.cpu));
        if (!thread.tids.empty()) out += ", task " + std::to_string(thread.tids.front());
    } else {
        out += thread.tasks.empty() ? "Thread" : "Task";
        out += thread.tids.size() > 1 ? "s " : " ";
        append_ids(out, paragraph, pieces_of(thread), thread.tids.size(), ids);
    }
    auto text = ending(thread);
    if (paragraph.lines() > 1 && !paragraph.fits(text.size())) {
        paragraph.begin_line();
        text.erase(0, text.find_first_not_of(' '));
    }
    (out += text) += '\n';
}

}  // namespace symline::output
