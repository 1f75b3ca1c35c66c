#include "elf/file_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace symline::elf {

std::string file_text(const std::string& path, std::size_t most) {
    std::string text;
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return text;
    std::array<char, 16384> part;
    while (text.size() < most) {
        const auto count = ::read(file, part.data(), std::min(part.size(), most - text.size()));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        text.append(part.data(), static_cast<std::size_t>(count));
    }
    ::close(file);
    return text;
}

}  // namespace symline::elf
