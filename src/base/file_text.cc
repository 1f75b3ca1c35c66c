#include "base/file_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace symline::base {
namespace {

constexpr std::size_t kBlock = 16384;

bool append_rest(int descriptor, std::string& text, std::size_t max) {
    std::array<char, kBlock> block;
    while (text.size() < max) {
        const auto count = ::read(descriptor, block.data(), std::min(kBlock, max - text.size()));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return count == 0;
        text.append(block.data(), static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

std::optional<std::string> read_file_text(const std::string& path, std::size_t max) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return std::nullopt;
    std::string text;
    const bool read = append_rest(descriptor, text, max);
    ::close(descriptor);
    if (!read) return std::nullopt;
    return text;
}

}  // namespace symline::base
