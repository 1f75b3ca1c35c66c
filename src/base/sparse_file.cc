#include "base/sparse_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace symline::base {
namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 40;
constexpr std::uint64_t kMaxWritten = std::uint64_t{1} << 36;
constexpr std::size_t kPage = 4096;

bool all_zero(std::span<const std::uint8_t> bytes) {
    return bytes.empty() ||
           (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

}  // namespace

SparseFile::~SparseFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

/// Without a name, so that nobody can put another in its place: O_TMPFILE, else mkostemp and
/// unlink.
std::optional<std::string> SparseFile::open() {
    const char* chosen = std::getenv("TMPDIR");
    const std::string folder = chosen != nullptr && *chosen != '\0' ? chosen : "/var/tmp";
    descriptor_ = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor_ >= 0) return std::nullopt;
    std::string name = folder + "/symline-core.XXXXXX";
    descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor_ < 0) return folder + ": " + std::strerror(errno);
    ::unlink(name.c_str());
    return std::nullopt;
}

std::optional<std::string> SparseFile::append(std::span<const std::uint8_t> bytes) {
    if (bytes.size() > kMaxBytes - size_) return "it has more than 1 TiB";
    while (!bytes.empty()) {
        // Pieces end where pages do, whatever the sizes that come.
        const auto room = static_cast<std::size_t>(kPage - size_ % kPage);
        const auto piece = bytes.first(std::min(bytes.size(), room));
        if (!all_zero(piece)) {
            if (auto problem = count(piece.size())) return problem;
            if (!write(piece)) return std::strerror(errno);
        }
        size_ += piece.size();
        bytes = bytes.subspan(piece.size());
    }
    return std::nullopt;
}

std::optional<std::string> SparseFile::count(std::uint64_t bytes) {
    constexpr std::uint64_t kBetween = std::uint64_t{16} << 20;
    written_ += bytes;
    if (written_ > kMaxWritten) return "it holds more than 64 GiB";
    if (auto problem = bound_.add(bytes)) return problem;
    if (written_ <= with_room_) return std::nullopt;
    with_room_ = written_ + kBetween;
    return lacks_room(descriptor_, kBetween);
}

std::optional<std::string> SparseFile::finish() const {
    if (::ftruncate(descriptor_, static_cast<off_t>(size_)) == 0) return std::nullopt;
    return std::strerror(errno);
}

bool SparseFile::write(std::span<const std::uint8_t> piece) const {
    auto at = static_cast<off_t>(size_);
    while (!piece.empty()) {
        const auto count = ::pwrite(descriptor_, piece.data(), piece.size(), at);
        if (count <= 0 && errno != EINTR) return false;
        if (count <= 0) continue;
        at += count;
        piece = piece.subspan(static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace symline::base
