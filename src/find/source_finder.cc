#include "find/source_finder.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/path.h"
#include "base/path_in_root.h"

namespace symline::find {
namespace {

/// No file system opens a longer path; a crafted one must not be tried end by end.
constexpr std::size_t kMaxPathSize = 4096;
/// Answers that are remembered: a kernel has about as many source files.
constexpr std::size_t kMaxAnswers = 16384;

bool is_regular_file(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

/// A NUL would end the path early.
bool can_be_path(std::string_view path) {
    return !path.empty() && path.size() <= kMaxPathSize && path.find('\0') == path.npos;
}

/// The path as one that is below some folder.
std::string path_inside(std::string_view path) {
    const std::string plain = plain_path(path);
    std::string_view inside = plain;
    if (inside.starts_with('/')) inside.remove_prefix(1);
    while (inside.starts_with("../")) inside.remove_prefix(3);
    return inside == ".." ? std::string() : std::string(inside);
}

/// The name of a folder, even when it is given as "." or "a/..".
std::string last_component(const std::string& folder) {
    std::error_code failure;
    const auto real = std::filesystem::canonical(folder, failure);
    return failure ? std::string() : real.filename().string();
}

}  // namespace

std::string plain_path(std::string_view path) {
    std::vector<std::string_view> parts;
    const bool absolute = path.starts_with('/');
    while (!path.empty()) {
        const auto part = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(part.size() + 1, path.size()));
        if (part == "..") {
            const bool leaves = parts.empty() || parts.back() == "..";
            if (!leaves) parts.pop_back();
            if (leaves && !absolute) parts.push_back(part);
        } else if (!part.empty() && part != ".") {
            parts.push_back(part);
        }
    }
    std::string plain;
    for (const auto part : parts) {
        if (absolute || !plain.empty()) plain += '/';
        plain += part;
    }
    return plain;
}

std::optional<FoundSource> RecordedSource::find(const WantedSource& wanted) const {
    if (!can_be_path(wanted.path)) return std::nullopt;
    std::string path(wanted.path);
    if (!sysroot_.empty()) {
        // A relative path is not a path on that machine.
        if (!path.starts_with('/')) return std::nullopt;
        const auto inside = base::path_in_root(sysroot_, plain_path(path));
        if (!inside) return std::nullopt;
        path = *inside;
    }
    if (!is_regular_file(path)) return std::nullopt;
    return FoundSource{std::move(path)};
}

std::optional<FoundSource> SourceDirectories::find(const WantedSource& wanted) const {
    if (directories_.empty() || !can_be_path(wanted.path)) return std::nullopt;
    const std::string whole = path_inside(wanted.path);
    std::string_view before;
    for (std::string_view end = whole; !end.empty();) {
        const auto slash = end.find('/');
        const bool is_enough = slash != end.npos || before.empty();
        for (const std::string& directory : directories_) {
            if (!is_enough && last_component(directory) != before) continue;
            auto path = directory + '/' + std::string(end);
            if (is_regular_file(path)) return FoundSource{std::move(path)};
        }
        before = end.substr(0, slash);
        end.remove_prefix(slash == end.npos ? end.size() : slash + 1);
    }
    return std::nullopt;
}

std::optional<FoundSource> SourceFileNames::find(const WantedSource& wanted) const {
    if (!can_be_path(wanted.path)) return std::nullopt;
    const std::string whole = path_inside(wanted.path);
    const std::string name(base::file_name(whole));
    for (const std::string& directory : directories_) {
        auto path = directory + '/' + name;
        if (!name.empty() && is_regular_file(path)) return FoundSource{std::move(path), true};
    }
    return std::nullopt;
}

const FoundSource* SourceSearch::find(const WantedSource& wanted) {
    std::string key(wanted.path);
    key += '\0';
    if (wanted.build_id) key += wanted.build_id->hex();
    // While an endless log is read, memory must not grow with the paths in damaged files.
    if (known_.size() >= kMaxAnswers) known_.clear();
    const auto [known, is_new] = known_.try_emplace(key);
    if (is_new) {
        for (const auto& finder : finders_) {
            known->second = finder->find(wanted);
            if (known->second) break;
        }
    }
    return known->second ? &*known->second : nullptr;
}

std::vector<std::unique_ptr<SourceFinder>> source_finders(
    const std::vector<std::string>& directories, const std::string& sysroot) {
    std::vector<std::unique_ptr<SourceFinder>> finders;
    finders.push_back(std::make_unique<SourceDirectories>(directories));
    finders.push_back(std::make_unique<RecordedSource>(sysroot));
    finders.push_back(std::make_unique<SourceFileNames>(directories));
    return finders;
}

}  // namespace symline::find
