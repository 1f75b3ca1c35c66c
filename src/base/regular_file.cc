#include "base/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace symline::base {
namespace {

Error system_error(const std::string& path) {
    const int reason = errno;
    const auto code =
        reason == ENOENT || reason == ENOTDIR ? ErrorCode::not_found : ErrorCode::unreadable;
    return {code, path, std::strerror(reason)};
}

}  // namespace

Expected<RegularFile> RegularFile::open(const std::string& path) {
    // O_NONBLOCK: opening a FIFO would wait for a writer before fstat can refuse it. O_NOCTTY: a
    // terminal must not become ours.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) return std::unexpected(system_error(path));
    return from_descriptor(descriptor, path);
}

Expected<RegularFile> RegularFile::from_descriptor(int descriptor, const std::string& path) {
    RegularFile file(descriptor);
    struct stat status{};
    if (::fstat(file.descriptor_, &status) != 0) return std::unexpected(system_error(path));
    if (S_ISDIR(status.st_mode)) {
        return std::unexpected(Error{ErrorCode::is_directory, path, "is a directory"});
    }
    if (!S_ISREG(status.st_mode)) {
        return std::unexpected(Error{ErrorCode::not_a_file, path, "not a regular file"});
    }
    if (status.st_size == 0) return std::unexpected(Error{ErrorCode::empty, path, "file is empty"});
    file.size_ = static_cast<std::uint64_t>(status.st_size);
    return file;
}

RegularFile::RegularFile(RegularFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}

RegularFile& RegularFile::operator=(RegularFile&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    size_ = other.size_;
    return *this;
}

RegularFile::~RegularFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::int64_t changed_at(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mtim.tv_sec : 0;
}

bool RegularFile::read(std::uint64_t offset, std::span<std::uint8_t> to) const {
    if (offset > size_ || to.size() > size_ - offset) return false;
    while (!to.empty()) {
        const auto got = ::pread(descriptor_, to.data(), to.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        to = to.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
    return true;
}

}  // namespace symline::base
