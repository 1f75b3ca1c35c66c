#include "tools/standard_output.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace symline::tools {
namespace {

constexpr std::size_t kLarge = std::size_t{64} * 1024;

/// Text that markup follows. A carriage return at its end would move the markup over the line.
void append_before_markup(std::string& out, std::string_view text) {
    const auto size = text.find_last_not_of('\r') + 1;
    output::append_visible_lines(out, text.substr(0, size));
    output::append_visible(out, text.substr(size));
}

}  // namespace

StandardOutput::StandardOutput(int descriptor)
    : StandardOutput(descriptor, ::isatty(descriptor) != 0 ? output::Reader::terminal
                                                           : output::Reader::program) {}

void StandardOutput::append_markup(std::string_view text) {
    const std::size_t begin = buffer_.size();
    buffer_ += text;
    if (reader_ == output::Reader::terminal) markup_.push_back({begin, buffer_.size()});
}

std::string StandardOutput::text_for_terminal() const {
    const std::string_view all = buffer_;
    std::string text;
    std::size_t done = 0;
    for (const auto [begin, end] : markup_) {
        append_before_markup(text, all.substr(done, begin - done));
        text += all.substr(begin, end - begin);
        done = end;
    }
    output::append_visible_lines(text, all.substr(done));
    return text;
}

bool StandardOutput::flush_if_large() {
    return buffer_.size() < kLarge || flush();
}

bool StandardOutput::flush() {
    if (reader_ == output::Reader::terminal) {
        buffer_ = text_for_terminal();
        markup_.clear();
    }
    std::string_view rest = buffer_;
    while (!rest.empty() && !reader_gone_ && error_ == 0) {
        const auto written = ::write(descriptor_, rest.data(), rest.size());
        if (written >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EPIPE) {
            reader_gone_ = true;
        } else if (errno != EINTR) {
            error_ = errno;
        }
    }
    buffer_.clear();
    return !reader_gone_ && error_ == 0;
}

}  // namespace symline::tools
