#include "tools/source_files.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/regular_file.h"
#include "symline/embedded_source.h"

namespace symline::tools {
namespace {

constexpr std::uint64_t kMaxFileSize = std::uint64_t{64} * 1024 * 1024;
/// What is kept of several files.
constexpr std::size_t kMaxKeptBytes = std::size_t{32} * 1024 * 1024;
constexpr std::size_t kMaxKeptFiles = 4096;

}  // namespace

std::optional<std::string> read_file(const std::string& path) {
    const auto file = base::RegularFile::open(path);
    if (!file || file->size() > kMaxFileSize) return std::nullopt;
    std::string text(file->size(), '\0');
    const std::span bytes(reinterpret_cast<std::uint8_t*>(text.data()), text.size());
    if (!file->read(0, bytes)) return std::nullopt;
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
