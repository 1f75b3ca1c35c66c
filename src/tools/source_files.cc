#include "tools/source_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>

namespace symline::tools {
namespace {

constexpr off_t largest_file = off_t{64} * 1024 * 1024;

std::optional<std::string> read_descriptor(int descriptor) {
    struct stat status{};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    if (status.st_size > largest_file) return std::nullopt;
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
        const auto count = ::read(descriptor, text.data() + filled, text.size() - filled);
        if (count < 0) return std::nullopt;
        if (count == 0) break;
        filled += static_cast<std::size_t>(count);
    }
    text.resize(filled);
    return text;
}

}  // namespace

std::optional<std::string> read_file(const std::string& path) {
    // O_NONBLOCK: opening a named pipe must not wait for a writer.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return std::nullopt;
    auto text = read_descriptor(descriptor);
    ::close(descriptor);
    return text;
}

std::optional<std::string_view> SourceFiles::text(std::string_view path) {
    if (path.empty()) return std::nullopt;
    if (path != path_) {
        path_ = path;
        text_ = read_file(path_);
    }
    if (!text_) return std::nullopt;
    return std::string_view(*text_);
}

}  // namespace symline::tools
