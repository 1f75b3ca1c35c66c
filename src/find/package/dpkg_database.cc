#include "find/package/dpkg_database.h"

#include <string.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/file_text.h"
#include "base/text.h"
#include "base/text_words.h"

namespace symline::find {
namespace {

namespace fs = std::filesystem;

/// A large installation has 5,000 packages with 60 MB of lists, and 10 MB of status. The root may
/// be that of a container, and is then whatever its owner made of it.
constexpr std::size_t kMaxLists = 20000;
constexpr std::size_t kMaxListBytes = std::size_t{256} << 20;
constexpr std::size_t kMaxStatus = std::size_t{64} << 20;

constexpr std::string_view kUsr = "/usr";

/// Libraries that were in /lib before it became a link to /usr/lib are listed there.
std::string_view without_usr(std::string_view path) {
    const bool merged = path.starts_with("/usr/lib") || path.starts_with("/usr/bin/") ||
                        path.starts_with("/usr/sbin/");
    return merged ? path.substr(kUsr.size()) : std::string_view();
}

/// memmem looks at whole words: string_view::find() stops at each '/', of which lists are full.
std::size_t find_in(std::string_view text, std::string_view wanted, std::size_t from) {
    if (from >= text.size()) return text.npos;
    const void* const found =
        ::memmem(text.data() + from, text.size() - from, wanted.data(), wanted.size());
    if (found == nullptr) return text.npos;
    return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

bool has_line(std::string_view text, std::string_view line) {
    for (auto at = find_in(text, line, 0); at != text.npos; at = find_in(text, line, at + 1)) {
        const auto end = at + line.size();
        const bool whole =
            (at == 0 || text[at - 1] == '\n') && (end == text.size() || text[end] == '\n');
        if (whole) return true;
    }
    return false;
}

/// Up to so many paths each is looked for in a list; of more, each line of the list is looked up.
constexpr std::size_t kFewPaths = 8;

/// Asks list by list, and stops when each path has its package.
class OwnerSearch {
public:
    explicit OwnerSearch(std::span<const std::string> paths) : open_(paths.begin(), paths.end()) {}

    /// Path to "name" or "name:architecture".
    std::map<std::string, std::string> run(const std::string& folder) {
        std::error_code failure;
        std::size_t lists = 0, bytes = 0;
        for (fs::directory_iterator at(folder, failure), end; !failure && at != end;
             at.increment(failure)) {
            const auto name = at->path().filename().string();
            if (!name.ends_with(".list") || !at->is_regular_file(failure)) continue;
            if (open_.empty() || ++lists > kMaxLists || bytes >= kMaxListBytes) break;
            const auto text = base::file_text(at->path().string(), kMaxListBytes - bytes);
            bytes += text.size();
            const auto package = name.substr(0, name.size() - std::string_view(".list").size());
            open_.size() <= kFewPaths ? look_for_each(text, package) : look_up_lines(text, package);
        }
        return std::move(owners_);
    }

private:
    void look_for_each(std::string_view text, const std::string& package) {
        std::erase_if(open_, [&](const std::string& path) {
            const auto other = without_usr(path);
            const bool owns = has_line(text, path) || (!other.empty() && has_line(text, other));
            if (owns) owners_.emplace(path, package);
            return owns;
        });
    }

    void look_up_lines(std::string_view text, const std::string& package) {
        if (listed_.empty()) {
            for (const std::string& path : open_) {
                listed_.emplace(path, path);
                if (const auto other = without_usr(path); !other.empty()) {
                    listed_.emplace(other, path);
                }
            }
        }
        base::for_each_line(text, [&](std::string_view line) {
            const auto found = listed_.find(line);
            if (found == listed_.end() || open_.erase(found->second) == 0) return;
            owners_.emplace(found->second, package);
        });
    }

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };

    std::unordered_set<std::string> open_;
    /// The paths as lists may have them.
    std::unordered_map<std::string, std::string, Hash, std::equal_to<>> listed_;
    std::map<std::string, std::string> owners_;
};

std::string_view field(std::string_view stanza, std::string_view name) {
    std::string_view value;
    base::for_each_line(stanza, [&](std::string_view line) {
        if (line.starts_with(name) && line.substr(name.size()).starts_with(": ")) {
            value = line.substr(name.size() + 2);
        }
    });
    return value;
}

/// The stanza of a package in the status file; `architecture` empty: whichever.
std::string_view stanza_of(std::string_view status, std::string_view name,
                           std::string_view architecture) {
    const std::string line = "Package: " + std::string(name) + "\n";
    for (auto at = status.find(line); at != status.npos; at = status.find(line, at + 1)) {
        if (at != 0 && status[at - 1] != '\n') continue;
        const auto stanza = status.substr(at, status.find("\n\n", at) - at);
        if (architecture.empty() || field(stanza, "Architecture") == architecture) return stanza;
    }
    return {};
}

/// `list` is the name of its list: "libc6:amd64", "bash".
Package package_of(std::string_view list, std::string_view status) {
    const auto colon = std::min(list.find(':'), list.size());
    const auto wanted = list.substr(std::min(colon + 1, list.size()));
    const auto stanza = stanza_of(status, list.substr(0, colon), wanted);
    return {.origin = Package::Origin::database,
            .type = "deb",
            .name = std::string(list.substr(0, colon)),
            .version = std::string(field(stanza, "Version")),
            .architecture = std::string(wanted.empty() ? field(stanza, "Architecture") : wanted)};
}

/// "python3.11-dbg" of "python3.11-minimal", "libpython3.11-dbg" of "libpython3.11-stdlib"; empty
/// for others.
std::string python_debug_package(std::string_view name) {
    const auto begin = name.starts_with("lib") ? std::string_view("libpython3.").size()
                                               : std::string_view("python3.").size();
    if (!name.starts_with("python3.") && !name.starts_with("libpython3.")) return {};
    const auto end = std::min(name.find_first_not_of("0123456789", begin), name.size());
    const auto rest = name.substr(end);
    const bool own = rest.empty() || rest == "-minimal" || rest == "-stdlib";
    return end > begin && own ? std::string(name.substr(0, end)) + "-dbg" : std::string();
}

bool is_package_name(std::string_view name) {
    return name.size() > 1 && std::ranges::all_of(name, [](char c) {
               return base::is_digit(c) || (c >= 'a' && c <= 'z') || c == '+' || c == '-' ||
                      c == '.';
           });
}

}  // namespace

std::map<std::string, Package> dpkg_owners(const std::string& root,
                                           std::span<const std::string> paths) {
    std::map<std::string, Package> found;
    if (paths.empty()) return found;
    const auto folder = root + "/var/lib/dpkg";
    const auto owners = OwnerSearch(paths).run(folder + "/info");
    if (owners.empty()) return found;
    std::error_code failure;
    const auto path = folder + "/status";
    const auto status =
        fs::is_regular_file(path, failure) ? base::file_text(path, kMaxStatus) : std::string();
    for (const auto& [file, list] : owners) found.emplace(file, package_of(list, status));
    return found;
}

std::string debian_debug_package(const Package& package) {
    // https://wiki.debian.org/AutomaticDebugPackages: "-dbgsym" is made for each package that has
    // programs, but for those whose source has a package of its own for that, which are few.
    struct Own {
        std::string_view name;
        std::string_view debug;
    };
    constexpr auto own = std::to_array<Own>({
        {"libc6", "libc6-dbg"},
        {"libc6.1", "libc6.1-dbg"},
        {"libkrb5-3", "libkrb5-dbg"},
        {"libgssapi-krb5-2", "libkrb5-dbg"},
        {"libk5crypto3", "libkrb5-dbg"},
        {"libkrb5support0", "libkrb5-dbg"},
        {"libdb5.3", "libdb5.3-dbg"},
        {"valgrind", "valgrind-dbg"},
    });
    if (!is_package_name(package.name)) return {};
    if (auto python = python_debug_package(package.name); !python.empty()) return python;
    const auto found = std::ranges::find(own, package.name, &Own::name);
    return found == own.end() ? package.name + "-dbgsym" : std::string(found->debug);
}

}  // namespace symline::find
