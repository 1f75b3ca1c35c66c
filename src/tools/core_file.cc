#include "tools/core_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "process/corefile/compressed_core.h"

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

/// A regular file is read where it is.
std::expected<std::string, std::string> standard_input(base::SparseFile& copy) {
    struct stat status{};
    if (::fstat(STDIN_FILENO, &status) != 0) return std::unexpected(std::strerror(errno));
    if (S_ISREG(status.st_mode)) return "/proc/self/fd/" + std::to_string(STDIN_FILENO);
    auto problem = copy.open();
    if (!problem) problem = copy_all(copy);
    if (problem) return std::unexpected(std::move(*problem));
    return copy.path();
}

}  // namespace

std::expected<std::string, std::string> CoreFile::prepare(const std::string& name) {
    std::string path = name;
    if (name == "-") {
        auto input = standard_input(copy_);
        if (!input) return std::unexpected("standard input: " + input.error());
        path = std::move(*input);
    }
    const auto file = base::RegularFile::open(path);
    if (!file || !process::is_compressed(*file)) return path;
    if (auto problem = process::unpack_core(*file, unpacked_)) {
        return std::unexpected("'" + name + "': " + *problem);
    }
    return unpacked_.path();
}

}  // namespace symline::tools
