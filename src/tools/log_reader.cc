#include "tools/log_reader.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace symline::tools {
namespace {

constexpr std::size_t kBlock = std::size_t{256} * 1024;

}  // namespace

LogReader::LogReader(int descriptor) : descriptor_(descriptor), block_(kBlock) {}

bool LogReader::ready(int milliseconds) const {
    pollfd state{descriptor_, POLLIN, 0};
    return ::poll(&state, 1, milliseconds) > 0;
}

std::string_view LogReader::read() {
    const auto count = ::read(descriptor_, block_.data(), block_.size());
    if (count > 0) return {block_.data(), static_cast<std::size_t>(count)};
    if (count < 0 && errno == EINTR) return {};
    if (count < 0 && errno == EAGAIN) {
        // Only a caller that set O_NONBLOCK gets here: wait instead of spinning.
        ready(-1);
        return {};
    }
    error_ = count < 0 ? errno : 0;
    ended_ = true;
    return {};
}

}  // namespace symline::tools
