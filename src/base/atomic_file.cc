#include "base/atomic_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace symline::base {
namespace {

Error system_error(const std::string& path) {
    return {ErrorCode::unreadable, path, std::strerror(errno)};
}

Expected<void> make_folders(const std::string& folder) {
    for (std::size_t at = folder.find('/', 1);; at = folder.find('/', at + 1)) {
        const std::string part = folder.substr(0, at);
        if (::mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) {
            return std::unexpected(system_error(part));
        }
        if (at == std::string::npos) return {};
    }
}

}  // namespace

AtomicFile::AtomicFile(std::string path)
    : path_(std::move(path)), unfinished_path_(path_ + kUnfinished + "XXXXXX") {}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      unfinished_path_(std::move(other.unfinished_path_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

AtomicFile::~AtomicFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlink(unfinished_path_.c_str());
}

Expected<AtomicFile> AtomicFile::create(std::string path) {
    const auto slash = path.rfind('/');
    if (slash != std::string::npos && slash != 0) {
        if (auto made = make_folders(path.substr(0, slash)); !made) {
            return std::unexpected(std::move(made.error()));
        }
    }
    AtomicFile file(std::move(path));
    file.descriptor_ = ::mkostemp(file.unfinished_path_.data(), O_CLOEXEC);
    if (file.descriptor_ < 0) return std::unexpected(system_error(file.path_));
    return file;
}

Expected<void> AtomicFile::write(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return std::unexpected(system_error(path_));
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

Expected<void> AtomicFile::commit() {
    // Some file systems say only now that the disk is full.
    const bool closed = ::close(std::exchange(descriptor_, -1)) == 0;
    if (closed && ::rename(unfinished_path_.c_str(), path_.c_str()) == 0) return {};
    Error error = system_error(path_);
    ::unlink(unfinished_path_.c_str());
    return std::unexpected(std::move(error));
}

Expected<void> write_atomically(const std::string& path, std::span<const std::uint8_t> bytes) {
    auto file = AtomicFile::create(path);
    if (!file) return std::unexpected(std::move(file.error()));
    if (auto written = file->write(bytes); !written) return written;
    return file->commit();
}

}  // namespace symline::base
