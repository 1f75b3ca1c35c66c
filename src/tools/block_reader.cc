#include "tools/block_reader.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace symline::tools {
namespace {

constexpr std::size_t block = std::size_t{256} * 1024;

}  // namespace

std::optional<LogLine> BlockReader::take_line() {
    const char* from = buffer_.data() + start_;
    const void* found = filled_ > scanned_
                            ? std::memchr(buffer_.data() + scanned_, '\n', filled_ - scanned_)
                            : nullptr;
    if (found == nullptr) {
        scanned_ = filled_;
        const std::size_t size = filled_ - start_;
        if (size == 0 || (!ended_ && size < longest_line)) return std::nullopt;
        start_ = filled_;
        return LogLine{{from, size}, {}};
    }
    const char* end = static_cast<const char*>(found);
    start_ = scanned_ = static_cast<std::size_t>(end - buffer_.data()) + 1;
    const bool carriage_return = end > from && end[-1] == '\r';
    const char* text_end = carriage_return ? end - 1 : end;
    return LogLine{{from, text_end}, {text_end, end + 1}};
}

bool BlockReader::input_ready(int milliseconds) const {
    pollfd state{descriptor_, POLLIN, 0};
    return ::poll(&state, 1, milliseconds) > 0;
}

bool BlockReader::wait(int milliseconds) {
    if (ended_ || !input_ready(milliseconds)) return false;
    const auto before = ahead().size();
    fill();
    return ahead().size() > before;
}

void BlockReader::fill() {
    if (start_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + start_, filled_ - start_);
        filled_ -= start_;
        scanned_ -= start_;
        start_ = 0;
    }
    if (buffer_.size() - filled_ < block) buffer_.resize(std::max(2 * filled_, block + filled_));
    const auto count = ::read(descriptor_, buffer_.data() + filled_, buffer_.size() - filled_);
    if (count > 0) {
        filled_ += static_cast<std::size_t>(count);
    } else if (count == 0) {
        ended_ = true;
    } else if (errno == EAGAIN) {
        // Only a caller that set O_NONBLOCK gets here: wait instead of spinning.
        input_ready(-1);
    } else if (errno != EINTR) {
        error_ = errno;
        ended_ = true;
    }
}

}  // namespace symline::tools
