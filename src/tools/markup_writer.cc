#include "tools/markup_writer.h"

#include <string>

#include "output/terminal_text.h"

namespace symline::tools {
namespace {

constexpr std::string_view kReset = "\033[0m";
constexpr std::string_view kBold = "\033[1m";

}  // namespace

std::size_t colour_sequence(std::string_view text) {
    if (text.starts_with(kReset) || text.starts_with(kBold)) return kReset.size();
    constexpr std::size_t kSize = 5;
    const bool colour = text.size() >= kSize && text.starts_with("\033[3") && text[3] >= '0' &&
                        text[3] <= '7' && text[4] == 'm';
    return colour ? kSize : 0;
}

void MarkupWriter::write(std::string_view sequence) {
    if (coloured_) output_.append_markup(sequence);
}

void MarkupWriter::change(int colour) {
    write(std::string("\033[0;") + (bold_ ? "1;3" : "3") + static_cast<char>('0' + colour) + "m");
}

void MarkupWriter::begin() {
    change(colour_ == kBlue ? kCyan : kBlue);
}

void MarkupWriter::value(std::string_view text) {
    change(kGreen);
    output::append_visible(output_.buffer(), text);
    begin();
}

void MarkupWriter::end() {
    if (colour_) return change(*colour_);
    write(kReset);
    if (bold_) write(kBold);
}

bool MarkupWriter::take_colour(std::string_view sequence) {
    if (colour_sequence(sequence) != sequence.size() || sequence.empty()) return false;
    if (sequence == kReset) {
        reset();
    } else if (sequence == kBold) {
        bold_ = true;
        write(kBold);
    } else {
        colour_ = sequence[3] - '0';
        // Like LLVM, without what is bold.
        write("\033[0;3" + std::string(sequence.substr(3)));
    }
    return true;
}

void MarkupWriter::reset() {
    if (!colour_ && !bold_) return;
    colour_.reset();
    bold_ = false;
    write(kReset);
}

}  // namespace symline::tools
