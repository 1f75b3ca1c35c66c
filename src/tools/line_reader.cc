#include "tools/line_reader.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace symline::tools {
namespace {

constexpr std::size_t kChunk = std::size_t{64} * 1024;

}  // namespace

bool LineReader::line_complete() {
    const auto end = buffer_.find('\n', scanned_);
    scanned_ = std::min(end, buffer_.size());
    return end != std::string::npos;
}

bool LineReader::input_ready(int wait) const {
    pollfd state{descriptor_, POLLIN, 0};
    return ::poll(&state, 1, wait) > 0;
}

void LineReader::fill() {
    buffer_.erase(0, start_);
    scanned_ -= start_;
    start_ = 0;
    if (buffer_.size() > kMaxLine) {
        buffer_.resize(kMaxLine);
        scanned_ = kMaxLine;
    }
    const auto old_size = buffer_.size();
    buffer_.resize(old_size + kChunk);
    const auto count = ::read(descriptor_, buffer_.data() + old_size, kChunk);
    buffer_.resize(old_size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count == 0) ended_ = true;
    if (count < 0 && errno != EINTR && errno != EAGAIN) {
        error_ = errno;
        ended_ = true;
    }
    // Only a caller that set O_NONBLOCK gets here: wait instead of spinning.
    if (count < 0 && errno == EAGAIN) {
        pollfd state{descriptor_, POLLIN, 0};
        ::poll(&state, 1, -1);
    }
}

std::string_view LineReader::ready_lines(int wait) {
    while (!line_complete()) {
        if (ended_ || !input_ready(wait)) return {};
        fill();
    }
    const auto lines = std::string_view(buffer_).substr(start_, buffer_.rfind('\n') + 1 - start_);
    start_ = scanned_ = start_ + lines.size();
    return lines;
}

std::string_view LineReader::take_line() {
    const auto line = std::string_view(buffer_).substr(start_, scanned_ - start_);
    start_ = ++scanned_;
    return line.substr(0, kMaxLine);
}

std::optional<std::string_view> LineReader::rest() {
    if (start_ >= buffer_.size()) return std::nullopt;
    const auto line = std::string_view(buffer_).substr(start_, kMaxLine);
    start_ = scanned_ = buffer_.size();
    return line;
}

}  // namespace symline::tools
