#include "tools/text_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace symline::tools {
namespace {

constexpr std::size_t largest_text = std::size_t{256} * 1024 * 1024;
constexpr std::size_t block = std::size_t{256} * 1024;

bool read_to_end(int descriptor, std::string& text) {
    while (text.size() < largest_text) {
        const std::size_t filled = text.size();
        text.resize(filled + block);
        const auto count = ::read(descriptor, text.data() + filled, block);
        text.resize(filled + static_cast<std::size_t>(count > 0 ? count : 0));
        if (count == 0) return true;
        if (count < 0 && errno != EINTR) return false;
    }
    return true;
}

}  // namespace

std::optional<std::string> read_text_file(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return std::nullopt;
    std::string text;
    const bool read = read_to_end(descriptor, text);
    ::close(descriptor);
    if (!read) return std::nullopt;
    return text;
}

}  // namespace symline::tools
