#include "tools/standard_output.h"

#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "output/terminal_text.h"

namespace symline::tools {
namespace {

constexpr std::size_t large = std::size_t{64} * 1024;

}  // namespace

bool StandardOutput::flush_if_large() {
    return buffer_.size() < large || flush();
}

bool StandardOutput::flush() {
    if (visible_) {
        std::string text;
        output::append_visible_lines(text, buffer_);
        buffer_ = std::move(text);
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
