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

}  // namespace

void append_context(std::string& out, std::string_view text, std::uint32_t line,
                    std::uint32_t count) {
    const std::uint64_t before = count / 2;
    const std::uint64_t first = line > before ? line - before : 1;
    const LineRange range{first, first + count - 1};
    std::uint64_t last = 0;
    for_each_line(text, range, [&](std::uint64_t number, std::string_view) { last = number; });
    std::string widest;
    append_decimal(widest, last);
    for_each_line(text, range, [&](std::uint64_t number, std::string_view content) {
        std::string digits;
        append_decimal(digits, number);
        out.append(widest.size() - digits.size(), ' ');
        out += digits;
        out += number == line ? " >: " : "  : ";
        if (content.ends_with('\r')) content.remove_suffix(1);
        out += content;
        out += '\n';
    });
}

void append_listing(std::string& out, std::string_view text, std::uint32_t line) {
    constexpr std::uint64_t around = 5;
    const LineRange range{line > around ? line - around : 1, line + around};
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
