#include "tools/piped_core.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace symline::tools {
namespace {

std::optional<std::string> copy_all(base::SparseFile& copy) {
    constexpr std::size_t kRoom = std::size_t{1} << 20;
    std::vector<std::uint8_t> buffer(kRoom);
    for (;;) {
        const auto count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (count == 0) return copy.finish();
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return std::strerror(errno);
        const std::span<const std::uint8_t> read(buffer.data(), static_cast<std::size_t>(count));
        if (auto problem = copy.append(read)) return problem;
    }
}

}  // namespace

std::expected<std::string, std::string> standard_input_as_file(base::SparseFile& copy) {
    struct stat status{};
    if (::fstat(STDIN_FILENO, &status) != 0) return std::unexpected(std::strerror(errno));
    if (S_ISREG(status.st_mode)) return "/proc/self/fd/" + std::to_string(STDIN_FILENO);
    auto problem = copy.open();
    if (!problem) problem = copy_all(copy);
    if (problem) return std::unexpected(std::move(*problem));
    return copy.path();
}

}  // namespace symline::tools
