#include "find/package/package_finder.h"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/path.h"
#include "find/kernel_layout.h"
#include "find/package/package.h"
#include "find/package/package_cache.h"

namespace symline::find {
namespace {

namespace fs = std::filesystem;

/// Files of one name that are unpacked to see whether one is the file wanted.
constexpr std::size_t kMaxTries = 4;

std::string default_cache() {
    const char* cache = ::getenv("XDG_CACHE_HOME");
    if (cache != nullptr && *cache == '/') return std::string(cache) + "/symline/packages";
    const char* home = ::getenv("HOME");
    if (home == nullptr || *home == '\0') return {};
    return std::string(home) + "/.cache/symline/packages";
}

/// Where the file is in a package, if its name alone identifies it.
std::vector<std::string> exact_members(const WantedFile& wanted) {
    std::vector<std::string> paths;
    if (wanted.build_id && wanted.build_id->bytes().size() >= 2) {
        const std::string hex = wanted.build_id->hex();
        const auto stem = ".build-id/" + hex.substr(0, 2) + "/" + hex.substr(2);
        if (wanted.content == FileContent::code) {
            paths.push_back("usr/lib/" + stem);
            paths.push_back("usr/lib/debug/" + stem);
        }
        paths.push_back("usr/lib/debug/" + stem + ".debug");
    }
    if (wanted.installed_path.starts_with('/')) paths.push_back(wanted.installed_path.substr(1));
    if (wanted.kernel_name == "vmlinux") {
        for (auto& each : vmlinux_candidates({}, wanted.release(), std::nullopt)) {
            paths.push_back(each.path.substr(1));
        }
    }
    return paths;
}

bool of_release(std::string_view member, const std::string& release) {
    return release.empty() ||
           ("/" + std::string(member)).find("/" + release + "/") != std::string::npos;
}

/// Whether the file's name alone is that of what is wanted: a module's, that of the debug link, or
/// where nothing but a build id is known, any vmlinux (Debian's packages have no build-id tree).
bool is_named(std::string_view path, const WantedFile& wanted) {
    const auto name = base::file_name(path);
    if (!wanted.debug_link.empty() && name == wanted.debug_link) return true;
    if (wanted.kernel_name.empty()) {
        const bool bare = wanted.file == nullptr && wanted.installed_path.empty();
        return bare && wanted.content == FileContent::debug && name.starts_with("vmlinux");
    }
    return wanted.kernel_name != "vmlinux" && module_name(name) == wanted.kernel_name &&
           of_release(path, wanted.kernel_release);
}

std::vector<std::string> named_members(const Package& package, const WantedFile& wanted) {
    std::vector<std::string> paths;
    for (const auto& [path, member] : package.members()) {
        if (member.regular && is_named(path, wanted)) paths.push_back(path);
    }
    std::ranges::stable_partition(
        paths, [](const std::string& path) { return path.starts_with("usr/lib/debug/"); });
    if (paths.size() > kMaxTries) paths.resize(kMaxTries);
    return paths;
}

class PackageFinder : public ListedFinder {
public:
    PackageFinder(std::vector<std::string> paths, std::string cache)
        : paths_(std::move(paths)), cache_(cache.empty() ? default_cache() : std::move(cache)) {}

    FoundBy kind() const override { return FoundBy::package; }

    FileCandidates candidates(const WantedFile& wanted) override {
        FileCandidates found;
        open_packages(found.problems);
        const auto exact = exact_members(wanted);
        for (Package& package : packages_) {
            const auto is_wanted = [&](std::string_view path) {
                return std::ranges::find(exact, path) != exact.end() || is_named(path, wanted);
            };
            package.list(is_wanted, found.problems);
            if (!add_exact(package, exact, found)) add_named(package, wanted, found);
        }
        return found;
    }

private:
    void open_packages(std::vector<Error>& problems) {
        if (std::exchange(opened_, true)) return;
        for (const std::string& path : paths_) {
            std::error_code failure;
            if (!fs::is_directory(path, failure)) {
                packages_.emplace_back(path, cache_);
                continue;
            }
            std::vector<std::string> inside;
            for (fs::directory_iterator at(path, failure); !failure && at != fs::end(at);
                 at.increment(failure)) {
                if (is_package(at->path().native())) inside.push_back(at->path().native());
            }
            if (failure) problems.push_back({ErrorCode::unreadable, path, failure.message()});
            std::ranges::sort(inside);
            for (auto& each : inside) packages_.emplace_back(std::move(each), cache_);
        }
    }

    static bool add(Package& package, const std::string& member, FileCandidates& found) {
        auto unpacked = package.unpacked(member);
        if (!unpacked) {
            found.problems.push_back(unpacked.error());
            return false;
        }
        if (std::ranges::find(found.paths, *unpacked) == found.paths.end()) {
            found.paths.push_back(std::move(*unpacked));
        }
        return true;
    }

    static bool add_exact(Package& package, const std::vector<std::string>& exact,
                          FileCandidates& found) {
        for (const std::string& path : exact) {
            const auto member = package.resolve(path);
            if (!member.empty()) return add(package, member, found);
        }
        return false;
    }

    static void add_named(Package& package, const WantedFile& wanted, FileCandidates& found) {
        const auto members = named_members(package, wanted);
        if (members.empty()) found.asked.push_back({package.path(), "does not have it"});
        for (const std::string& member : members) add(package, member, found);
    }

    std::vector<std::string> paths_;
    std::string cache_;
    bool opened_ = false;
    std::vector<Package> packages_;
};

}  // namespace

std::unique_ptr<ListedFinder> package_finder(std::vector<std::string> paths, std::string cache) {
    return std::make_unique<PackageFinder>(std::move(paths), std::move(cache));
}

}  // namespace symline::find
