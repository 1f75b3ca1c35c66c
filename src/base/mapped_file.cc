#include "base/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/descriptor.h"
#include "base/regular_file.h"

namespace symline::base {
namespace {

/// A system may read megabytes around each of the few places that one lookup needs.
constexpr std::size_t kLarge = std::size_t{16} * 1024 * 1024;

}  // namespace

Expected<MappedFile> MappedFile::open_as_is(const std::string& path) {
    auto file = RegularFile::open(path);
    if (!file) return std::unexpected(std::move(file.error()));
    const auto size = static_cast<std::size_t>(file->size());
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file->descriptor(), 0);
    if (address == MAP_FAILED) {
        return std::unexpected(Error{ErrorCode::unreadable, path, std::strerror(errno)});
    }
    MappedFile mapped(Bytes{static_cast<const std::uint8_t*>(address), size});
    if (size > kLarge) mapped.descriptor_ = file->release();
    return mapped;
}

Expected<MappedFile> MappedFile::open(const std::string& path) {
    auto mapped = open_as_is(path);
    if (!mapped) return mapped;
    if (mapped->bytes_.size() > kLarge) expect_access(mapped->bytes_, Access::scattered);
    if (packing_of(mapped->bytes_) == Packing::none) return mapped;
    expect_access(mapped->bytes_, Access::in_order);
    if (auto unpacked = mapped->unpack(path); !unpacked) return std::unexpected(unpacked.error());
    return mapped;
}

/// Keeps what was unpacked alone.
Expected<void> MappedFile::unpack(const std::string& path) {
    // Modules are a fifth of their size, or a tenth with debug information.
    constexpr std::uint64_t kHarmless = std::uint64_t{64} << 20;
    constexpr std::uint64_t kMaxRatio = 64;
    constexpr std::uint64_t kMax = std::uint64_t{768} << 20;
    auto pages = base::unpack(bytes_, std::min(kMax, kHarmless + kMaxRatio * bytes_.size()));
    if (!pages) return std::unexpected(Error{pages.error().code, path, pages.error().message});
    unpacked_ = std::move(*pages);
    unmap();
    return {};
}

void MappedFile::unmap() {
    if (!bytes_.empty()) ::munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
    bytes_ = {};
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : bytes_(std::exchange(other.bytes_, Bytes{})),
      descriptor_(std::exchange(other.descriptor_, -1)),
      unpacked_(std::move(other.unpacked_)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(descriptor_, other.descriptor_);
    unpacked_ = std::move(other.unpacked_);
    return *this;
}

MappedFile::~MappedFile() {
    unmap();
}

void MappedFile::release_pages() const {
    if (!bytes_.empty()) {
        ::madvise(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size(), MADV_DONTNEED);
    }
}

bool MappedFile::copy(Bytes part, std::uint8_t* to) const {
    const bool inside =
        part.data() >= bytes_.data() && part.data() + part.size() <= bytes_.data() + bytes_.size();
    if (descriptor_ < 0 || !inside) return false;
    const auto offset = static_cast<::off_t>(part.data() - bytes_.data());
    return ::pread(descriptor_, to, part.size(), offset) == static_cast<::ssize_t>(part.size());
}

void expect_access(Bytes part, Access access) {
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t before = reinterpret_cast<std::uintptr_t>(part.data()) & (page - 1);
    auto* const begin = const_cast<std::uint8_t*>(part.data()) - before;
    const int advice = access == Access::scattered ? MADV_RANDOM
                       : access == Access::soon    ? MADV_WILLNEED
                                                   : MADV_NORMAL;
    if (!part.empty()) ::madvise(begin, before + part.size(), advice);
}

std::uint64_t resident_file_bytes() {
    const Descriptor file(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
    std::array<char, 128> text{};
    if (file.number < 0 || ::read(file.number, text.data(), text.size() - 1) <= 0) return 0;
    // Pages: in all, resident, and of those the ones of files.
    std::uint64_t shared = 0;
    char* rest = text.data();
    for (int field = 0; field < 3; ++field) shared = std::strtoull(rest, &rest, 10);
    return shared * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace symline::base
