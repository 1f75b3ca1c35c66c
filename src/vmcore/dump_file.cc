#include "vmcore/dump_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "vmcore/flattened_dump.h"

namespace symline::vmcore {
namespace {

class PlainFile : public DumpFile {
public:
    PlainFile(int descriptor, std::uint64_t size) : descriptor_(descriptor), size_(size) {}
    PlainFile(const PlainFile&) = delete;
    PlainFile& operator=(const PlainFile&) = delete;
    ~PlainFile() override { ::close(descriptor_); }

    bool read(std::uint64_t offset, std::span<std::uint8_t> to) const override {
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
    std::uint64_t size() const override { return size_; }

private:
    int descriptor_;
    std::uint64_t size_;
};

ErrorCode code_of(int number) {
    return number == ENOENT || number == ENOTDIR ? ErrorCode::not_found : ErrorCode::unreadable;
}

}  // namespace

Expected<std::unique_ptr<DumpFile>> open_plain_file(const std::string& path) {
    const auto fail = [&path](ErrorCode code, std::string message) {
        return std::unexpected(Error{code, path, std::move(message)});
    };
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return fail(code_of(errno), std::strerror(errno));
    struct stat status{};
    const int failed = ::fstat(descriptor, &status) != 0 ? errno : 0;
    auto file = std::make_unique<PlainFile>(descriptor, static_cast<std::uint64_t>(status.st_size));
    if (failed != 0) return fail(ErrorCode::unreadable, std::strerror(failed));
    if (S_ISDIR(status.st_mode)) return fail(ErrorCode::is_directory, "is a directory");
    if (!S_ISREG(status.st_mode)) return fail(ErrorCode::not_a_file, "not a regular file");
    if (status.st_size == 0) return fail(ErrorCode::empty, "the file is empty");
    return file;
}

std::vector<std::uint8_t> DumpFile::read_some(std::uint64_t offset, std::uint64_t wanted) const {
    if (offset >= size()) return {};
    std::vector<std::uint8_t> bytes(std::min(wanted, size() - offset));
    if (!read(offset, bytes)) bytes.clear();
    return bytes;
}

Expected<std::unique_ptr<DumpFile>> open_dump_file(const std::string& path,
                                                   std::vector<std::string>& problems) {
    auto file = open_plain_file(path);
    if (!file || !is_flattened(**file)) return file;
    auto put_together = FlattenedDump::open(std::move(*file), problems);
    if (!put_together) put_together.error().file = path;
    return put_together;
}

}  // namespace symline::vmcore
