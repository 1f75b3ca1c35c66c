#include "tools/source_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <utility>

#include "symline/embedded_source.h"

namespace symline::tools {
namespace {

constexpr off_t kMaxFileSize = off_t{64} * 1024 * 1024;
/// What is kept of several files.
constexpr std::size_t kMaxKeptBytes = std::size_t{32} * 1024 * 1024;
constexpr std::size_t kMaxKeptFiles = 4096;

std::optional<std::string> read_descriptor(int descriptor) {
    struct stat status{};
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    if (status.st_size > kMaxFileSize) return std::nullopt;
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
    // Asked before it is opened: opening may be all that a device waits for.
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    // O_NONBLOCK: a named pipe that has taken its place must not wait for a writer.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) return std::nullopt;
    auto text = read_descriptor(descriptor);
    ::close(descriptor);
    return text;
}

std::optional<std::string_view> SourceFiles::text(std::string_view path) {
    const auto* found = search_.find({.path = path, .build_id = {}, .code_file = {}});
    if (found != nullptr && !found->by_name_only) return read(found->path);
    const auto fetched = fetch(path, build_id_);
    return fetched ? read(*fetched) : std::nullopt;
}

std::optional<std::string_view> SourceFiles::embedded(std::string_view path) {
    return module_ == nullptr ? std::nullopt : embedded_source(*module_, address_, path);
}

std::optional<std::string> SourceFiles::fetch(std::string_view path,
                                              const std::optional<BuildId>& build_id) {
    if (debug_files_ == nullptr || !build_id || !path.starts_with('/')) return std::nullopt;
    auto file = debug_files_->source_file(*build_id, path);
    return file ? std::optional(std::move(*file)) : std::nullopt;
}

std::optional<std::string_view> SourceFiles::read(const std::string& path) {
    auto known = texts_.find(path);
    if (known == texts_.end()) {
        auto text = read_file(path);
        const std::size_t size = path.size() + (text ? text->size() : 0);
        if (bytes_ + size > kMaxKeptBytes || texts_.size() >= kMaxKeptFiles) {
            texts_.clear();
            bytes_ = 0;
        }
        bytes_ += size;
        known = texts_.emplace(path, std::move(text)).first;
    }
    if (!known->second) return std::nullopt;
    return std::string_view(*known->second);
}

}  // namespace symline::tools
