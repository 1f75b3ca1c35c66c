#include "process/compressed_core.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include "find/package/archive_library.h"

namespace symline::process {
namespace {

using namespace std::literals;

constexpr std::array kMagics{"\x28\xb5\x2f\xfd"sv, "\x04\x22\x4d\x18"sv,
                             "\xfd"
                             "7zXZ\0"sv,
                             "\x1f\x8b"sv};
constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 40;
/// Pages of zeros are not written: they take no room on the disk.
constexpr std::uint64_t kMaxWritten = std::uint64_t{1} << 36;
constexpr std::size_t kPage = 4096;

struct File {
    int number = -1;
    ~File() {
        if (number >= 0) ::close(number);
    }
};

/// A file without a name, so that nobody can put another in its place: O_TMPFILE, else mkostemp and
/// unlink.
std::optional<std::string> open_temporary(File& file) {
    const char* chosen = std::getenv("TMPDIR");
    // Not /tmp, which may be memory: a core may be larger than that.
    const std::string folder = chosen != nullptr && *chosen != '\0' ? chosen : "/var/tmp";
    file.number = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file.number >= 0) return std::nullopt;
    std::string name = folder + "/symline-core.XXXXXX";
    file.number = ::mkostemp(name.data(), O_CLOEXEC);
    if (file.number < 0) return folder + ": " + std::strerror(errno);
    ::unlink(name.c_str());
    return std::nullopt;
}

bool all_zero(std::span<const std::uint8_t> bytes) {
    return bytes.empty() ||
           (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

class SparseWriter {
public:
    explicit SparseWriter(int descriptor) : descriptor_(descriptor) {}

    /// The reason when it cannot go on.
    std::optional<std::string> append(std::span<const std::uint8_t> bytes) {
        if (bytes.size() > kMaxBytes - size_) return "is larger than 1 TiB when unpacked";
        while (!bytes.empty()) {
            const auto piece = bytes.first(std::min(bytes.size(), kPage));
            if (!all_zero(piece)) {
                written_ += piece.size();
                if (written_ > kMaxWritten) return "holds more than 64 GiB when unpacked";
                if (!write(piece)) return std::string("cannot unpack it: ") + std::strerror(errno);
            }
            size_ += piece.size();
            bytes = bytes.subspan(piece.size());
        }
        return std::nullopt;
    }
    bool finish() const { return ::ftruncate(descriptor_, static_cast<off_t>(size_)) == 0; }

private:
    bool write(std::span<const std::uint8_t> piece) const {
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

    int descriptor_;
    std::uint64_t size_ = 0;
    std::uint64_t written_ = 0;
};

/// Unpacks all of it; of a file that is cut short, what is there.
std::optional<std::string> unpack(const find::ArchiveLibrary& library, base::Bytes file,
                                  SparseWriter& writer) {
    const auto archive = find::new_archive(library);
    library.support_filter_all(archive.get());
    library.support_format_raw(archive.get());
    archive_entry* entry = nullptr;
    if (library.open_memory(archive.get(), file.data(), file.size()) != ARCHIVE_OK ||
        library.next_header(archive.get(), &entry) != ARCHIVE_OK) {
        const char* reason = library.error_string(archive.get());
        return std::string("cannot unpack it: ") + (reason == nullptr ? "damaged" : reason);
    }
    constexpr std::size_t kRoom = std::size_t{1} << 20;
    const auto buffer = std::make_unique<std::uint8_t[]>(kRoom);
    for (;;) {
        const auto count = library.data(archive.get(), buffer.get(), kRoom);
        if (count <= 0) return std::nullopt;
        if (auto problem = writer.append({buffer.get(), static_cast<std::size_t>(count)})) {
            return problem;
        }
    }
}

}  // namespace

bool is_compressed(base::Bytes file) {
    return std::ranges::any_of(kMagics, [&](std::string_view magic) {
        return file.size() > magic.size() &&
               std::memcmp(file.data(), magic.data(), magic.size()) == 0;
    });
}

Expected<base::MappedFile> decompress_core(const std::string& path, base::Bytes file) {
    const auto failure = [&](std::string message) {
        return std::unexpected(Error{ErrorCode::unreadable, path, std::move(message)});
    };
    const auto library = find::ArchiveLibrary::load();
    if (!library) return failure(library.error().message);
    File temporary;
    if (auto problem = open_temporary(temporary)) return failure("cannot unpack it: " + *problem);
    SparseWriter writer(temporary.number);
    if (auto problem = unpack(**library, file, writer)) return failure(*problem);
    if (!writer.finish()) return failure(std::strerror(errno));
    auto mapped = base::MappedFile::open_as_is("/proc/self/fd/" + std::to_string(temporary.number));
    if (!mapped) return failure("cannot unpack it: " + mapped.error().message);
    return mapped;
}

}  // namespace symline::process
