#include "output/source.h"

#include <algorithm>
#include <cstddef>

#include "output/numbers.h"

namespace symline::output {
namespace {

struct LineRange {
    std::uint64_t first;
    std::uint64_t last;
};

/// Calls `visit(number, line)` for each line of the range that the text has. Lines end at "\n";
/// the text after the last one counts as a line if it is not empty.
template <typename Visit>
void for_each_line(std::string_view text, LineRange range, Visit visit) {
    for (std::uint64_t number = 1; !text.empty() && number <= range.last; ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        if (number >= range.first) visit(number, text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

std::vector<SourceLine> lines_around(std::string_view text, std::uint32_t line,
                                     std::uint32_t count) {
    const std::uint64_t before = count / 2;
    const std::uint64_t first = line > before ? line - before : 1;
    std::vector<SourceLine> lines;
    for_each_line(text, {first, first + count - 1},
                  [&](std::uint64_t number, std::string_view content) {
                      if (content.ends_with('\r')) content.remove_suffix(1);
                      lines.push_back({number, std::string(content)});
                  });
    return lines;
}

}  // namespace

std::vector<SourceLine> source_lines(std::string_view text, std::uint32_t line,
                                     std::uint32_t count) {
    auto lines = lines_around(text, line, count);
    if (!lines.empty() && lines.back().number < line) lines.clear();
    return lines;
}

std::size_t number_width(const std::vector<SourceLine>& lines) {
    std::string widest;
    if (!lines.empty()) append_decimal(widest, lines.back().number);
    return widest.size();
}

void append_line_number(std::string& out, std::uint64_t number, std::size_t width,
                        std::uint32_t asked) {
    std::string digits;
    append_decimal(digits, number);
    if (digits.size() < width) out.append(width - digits.size(), ' ');
    out += digits;
    out += number == asked ? " >: " : "  : ";
}

void append_context(std::string& out, std::string_view text, std::uint32_t line,
                    std::uint32_t count) {
    const auto lines = lines_around(text, line, count);
    const auto width = number_width(lines);
    for (const SourceLine& each : lines) {
        append_line_number(out, each.number, width, line);
        out += each.text;
        out += '\n';
    }
}

void append_listing(std::string& out, std::string_view text, std::uint32_t line) {
    constexpr std::uint64_t kAround = 5;
    const LineRange range{line > kAround ? line - kAround : 1, line + kAround};
    for_each_line(text, range, [&](std::uint64_t number, std::string_view content) {
        out += number == line ? '>' : ' ';
        append_decimal(out, number);
        out += number == line ? '<' : ' ';
        out += '\t';
        out += content;
        out += '\n';
    });
}

}  // namespace symline::output
