#include "base/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/descriptor.h"

namespace symline::base {
namespace {

Error system_error(const std::string& path) {
    const int reason = errno;
    const auto code =
        reason == ENOENT || reason == ENOTDIR ? ErrorCode::not_found : ErrorCode::unreadable;
    return {code, path, std::strerror(reason)};
}

/// O_NONBLOCK and O_NOCTTY: what is opened without /proc may be no file after all; a FIFO must not
/// be waited for, nor a terminal become ours.
constexpr int kToRead = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

constexpr std::int64_t kNanoseconds = 1'000'000'000;

/// Its size.
Expected<std::uint64_t> regular(int descriptor, const std::string& path) {
    struct stat status{};
    if (::fstat(descriptor, &status) != 0) return std::unexpected(system_error(path));
    if (S_ISDIR(status.st_mode)) {
        return std::unexpected(Error{ErrorCode::is_directory, path, "is a directory"});
    }
    if (!S_ISREG(status.st_mode)) {
        return std::unexpected(Error{ErrorCode::not_a_file, path, "not a regular file"});
    }
    return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

Expected<int> open_regular(const std::string& path) {
    // Opening a device may do something (it arms a watchdog), opening a FIFO wakes its writer:
    // O_PATH opens the name alone, to look at it first.
    const Descriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (place.number < 0) return std::unexpected(system_error(path));
    if (const auto size = regular(place.number, path); !size) return std::unexpected(size.error());
    // What the name leads to may be another file by now, but not what is behind the descriptor.
    int descriptor = ::open(("/proc/self/fd/" + std::to_string(place.number)).c_str(), kToRead);
    // Without /proc, the name once more.
    if (descriptor < 0 && errno == ENOENT) descriptor = ::open(path.c_str(), kToRead);
    if (descriptor < 0) return std::unexpected(system_error(path));
    if (const auto size = regular(descriptor, path); !size) {
        ::close(descriptor);
        return std::unexpected(size.error());
    }
    return descriptor;
}

Expected<RegularFile> RegularFile::open(const std::string& path) {
    const auto descriptor = open_regular(path);
    if (!descriptor) return std::unexpected(descriptor.error());
    return from_descriptor(*descriptor, path);
}

Expected<RegularFile> RegularFile::from_descriptor(int descriptor, const std::string& path) {
    RegularFile file(descriptor);
    const auto size = regular(descriptor, path);
    if (!size) return std::unexpected(size.error());
    if (*size == 0) return std::unexpected(Error{ErrorCode::empty, path, "file is empty"});
    file.size_ = *size;
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

std::optional<FileStamp> stamp_of(const std::string& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return std::nullopt;
    return FileStamp{static_cast<std::uint64_t>(status.st_size),
                     status.st_mtim.tv_sec * kNanoseconds + status.st_mtim.tv_nsec};
}

std::int64_t changed_at(const std::string& path) {
    const auto stamp = stamp_of(path);
    return stamp ? stamp->changed / kNanoseconds : 0;
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
