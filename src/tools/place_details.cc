#include "tools/place_details.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <utility>

#include "find/source_finder.h"
#include "kernel/kernel_origin.h"
#include "output/names.h"
#include "symline/embedded_source.h"

namespace symline::tools {
namespace {

/// What is kept of one line: generated sources have lines of megabytes.
constexpr std::size_t kMaxLine = 1000;

std::string host_name() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : std::string();
}

std::string absolute_path(const std::string& path) {
    const std::unique_ptr<char, decltype(&::free)> resolved(::realpath(path.c_str(), nullptr),
                                                            &::free);
    return resolved ? resolved.get() : std::string();
}

bool in_identifier(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// "lookup" of "lookup<int>", as a source file has it.
std::string_view identifier(std::string_view name) {
    const auto* const end = std::ranges::find_if_not(name, in_identifier);
    return name.substr(0, static_cast<std::size_t>(end - name.begin()));
}

bool has_word(std::string_view text, std::string_view word) {
    if (word.empty()) return false;
    for (std::size_t at = 0; (at = text.find(word, at)) != text.npos; ++at) {
        const std::size_t end = at + word.size();
        const bool begins = at == 0 || !in_identifier(text[at - 1]);
        if (begins && (end == text.size() || !in_identifier(text[end]))) return true;
    }
    return false;
}

/// The path below the source tree; empty when it is not in there.
std::string path_in_tree(const SourceLocation& location, const PlaceOrigin& origin) {
    const auto path = output::shown_path(
        location, {.prefix = origin.tree, .assembler_prefix = origin.assembler_tree});
    if (path.empty() || path.starts_with('/')) return {};
    auto plain = find::plain_path(path);
    return plain.starts_with("..") ? std::string() : plain;
}

}  // namespace

PlaceDetailer::PlaceDetailer(const DisplayOptions& options, Links links, const std::string& sysroot,
                             std::shared_ptr<DebugFiles> debug_files)
    : options_(options), links_(links == Links::yes), files_(options.source_directories, sysroot) {
    if (links_) host_ = host_name();
    files_.fetch_from(std::move(debug_files));
}

output::PlaceDetails PlaceDetailer::details(const Frame& frame, const PlaceOrigin& origin) {
    output::PlaceDetails details;
    const SourceLocation& location = frame.location;
    if (location.file.empty()) return details;
    std::optional<std::string_view> text;
    if (options_.source_lines != 0) {
        text = embedded_source(origin.module, origin.address, location.file);
    }
    // A file on disk is looked for even so where a link is to lead there.
    const std::string* file = !text || links_ ? find(frame, origin.module) : nullptr;
    if (text || file != nullptr) found_any_ = true;
    if (!found_any_ && first_missing_.empty()) {
        first_missing_ = location.file;
        release_ = origin.release;
    }
    if (links_) details.link = link(location, origin, file != nullptr ? *file : std::string());
    if (options_.source_lines == 0 || location.line == 0) return details;
    if (!text && file != nullptr) text = files_.read(*file);
    if (!text) return details;
    details.source = output::source_lines(*text, location.line, options_.source_lines);
    for (output::SourceLine& line : details.source) {
        if (line.text.size() > kMaxLine) line.text.replace(kMaxLine, line.text.npos, "...");
    }
    return details;
}

std::string PlaceDetailer::missing_source() const {
    if (options_.source_lines == 0 || found_any_ || first_missing_.empty()) return {};
    const std::string text = "--source: no source file was found, neither '" + first_missing_ +
                             "' nor the end of that path below a --source-dir: ";
    const auto package = kernel::kernel_origin(release_, {}).source;
    if (package.empty()) {
        return text + "--source-dir FOLDER names the tree, or DEBUGINFOD_URLS a server that has it";
    }
    return text + "unpack the tree that 'apt-get install " + package +
           "' brings, and name it with --source-dir FOLDER";
}

/// The file that the frame's place is in; null when there is none. One that has only its name in
/// common must hold the function's name. For a link alone, nothing is fetched.
const std::string* PlaceDetailer::find(const Frame& frame, const Module& module) {
    const auto* found = files_.find(
        {.path = frame.location.file, .build_id = module.build_id(), .code_file = module.path()});
    if (found != nullptr && !found->by_name_only) return &found->path;
    if (options_.source_lines != 0) {
        if (auto fetched = files_.fetch(frame.location.file, module.build_id())) {
            fetched_ = std::move(*fetched);
            return &fetched_;
        }
    }
    if (found == nullptr) return nullptr;
    const auto text = files_.read(found->path);
    return text && has_word(*text, identifier(frame.name)) ? &found->path : nullptr;
}

std::string PlaceDetailer::link(const SourceLocation& location, const PlaceOrigin& origin,
                                const std::string& file) const {
    if (options_.url) {
        const auto path = path_in_tree(location, origin);
        auto url =
            options_.url->fill({.path = path, .line = location.line, .release = origin.release});
        if (!url.empty() || !path.empty()) return url;
    }
    if (file.empty()) return {};
    const auto path = absolute_path(file);
    return path.empty() ? std::string() : output::file_uri(host_, path);
}

}  // namespace symline::tools
