#include "base/file_text.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/descriptor.h"
#include "base/regular_file.h"

namespace symline::base {
namespace {

constexpr std::size_t kBlock = 16384;

}  // namespace

std::optional<std::string> read_rest(int descriptor, std::size_t max) {
    std::string text;
    std::array<char, kBlock> block;
    while (text.size() < max) {
        const auto count = ::read(descriptor, block.data(), std::min(kBlock, max - text.size()));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return std::nullopt;
        if (count == 0) break;
        text.append(block.data(), static_cast<std::size_t>(count));
    }
    return text;
}

std::optional<std::string> read_file_text(const std::string& path, std::size_t max) {
    const auto opened = open_regular(path);
    if (!opened) return std::nullopt;
    const Descriptor file(*opened);
    return read_rest(file.number, max);
}

}  // namespace symline::base
