#include "find/kernel_layout.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/path.h"
#include "base/path_in_root.h"

namespace symline::find {
namespace {

namespace fs = std::filesystem;

constexpr auto kLayout = FoundBy::release_layout;
constexpr auto kBuildTree = FoundBy::build_tree;
constexpr auto kBuildId = FoundBy::build_id_tree;
/// No kernel source tree has as many entries.
constexpr std::size_t kMaxTreeEntries = 500'000;

bool remove_suffix(std::string_view& text, std::string_view suffix) {
    if (!text.ends_with(suffix)) return false;
    text.remove_suffix(suffix.size());
    return true;
}

/// A debug file holds what the stripped one of the same name does not.
bool is_debug_file(const std::string& path) {
    return path.ends_with(".debug");
}

/// The path that a place of this machine has within the sysroot; empty where it is not below it.
std::string within(const std::string& sysroot, const std::string& path) {
    const std::size_t root = sysroot.size() - (sysroot.ends_with('/') ? 1 : 0);
    const bool below =
        !sysroot.empty() && path.size() > root && path[root] == '/' && path.starts_with(sysroot);
    return below ? path.substr(root) : std::string();
}

/// `path`, or where links lead from there within the sysroot. Nothing where that is nowhere; what
/// is not there at all stays what it is, for it is told of as a place looked at.
std::optional<std::string> resolved(const std::string& sysroot, const std::string& path) {
    const std::string inside = within(sysroot, path);
    if (inside.empty()) return path;
    auto real = base::path_in_root(sysroot, inside);
    std::error_code failure;
    if (!real && !fs::exists(path, failure)) return path;
    return real;
}

}  // namespace

std::vector<KernelCandidate> vmlinux_candidates(const KernelFolders& folders,
                                                std::string_view release,
                                                const std::optional<BuildId>& build_id) {
    std::vector<KernelCandidate> found;
    const auto add = [&](const std::string& path, FoundBy found_by) {
        if (auto real = resolved(folders.sysroot, path)) {
            found.push_back({std::move(*real), found_by});
        }
    };
    if (build_id && build_id->bytes().size() >= 2) {
        const std::string hex = build_id->hex();
        for (const std::string& directory : folders.debug_directories) {
            const auto stem = directory + "/.build-id/" + hex.substr(0, 2) + "/" + hex.substr(2);
            add(stem + ".debug", kBuildId);
        }
    }
    if (release.empty()) return found;
    const std::string r(release);
    for (const std::string& directory : folders.debug_directories) {
        for (const char* modules : {"/lib/modules/", "/usr/lib/modules/"}) {
            add(directory + modules + r + "/vmlinux", kLayout);
            add(directory + modules + r + "/vmlinux.debug", kLayout);
        }
        add(directory + "/boot/vmlinux-" + r, kLayout);
        add(directory + "/boot/vmlinux-" + r + ".debug", kLayout);
        add(directory + "/vmlinux-" + r, kLayout);
    }
    const auto add_inside = [&](const std::string& path, FoundBy found_by) {
        if (auto inside = base::path_in_root(folders.sysroot, path)) {
            found.push_back({std::move(*inside), found_by});
        }
    };
    for (const char* modules : {"/lib/modules/", "/usr/lib/modules/"}) {
        add_inside(modules + r + "/vmlinux", kLayout);
        add_inside(modules + r + "/build/vmlinux", kBuildTree);
    }
    add_inside("/boot/vmlinux-" + r, kLayout);
    return found;
}

std::string module_name(std::string_view file_name) {
    remove_suffix(file_name, ".debug");
    for (const char* compression : {".xz", ".zst", ".gz"}) remove_suffix(file_name, compression);
    if (!remove_suffix(file_name, ".ko")) return {};
    std::string name(file_name);
    std::ranges::replace(name, '-', '_');
    return name;
}

ModuleFiles::ModuleFiles(const KernelFolders& folders, std::string_view release,
                         const std::string& beside)
    : sysroot_(folders.sysroot) {
    const auto add = [&](const std::string& path, FoundBy found_by, bool large = false) {
        auto real = resolved(sysroot_, path);
        if (!real) return;
        folders_.push_back({.path = std::move(*real),
                            .inside = within(sysroot_, path),
                            .found_by = found_by,
                            .large = large});
    };
    const std::string r(release);
    for (const std::string& directory : folders.module_directories) {
        add(directory, FoundBy::explicit_path);
    }
    if (!release.empty()) {
        for (const std::string& directory : folders.debug_directories) {
            add(directory + "/lib/modules/" + r, kLayout);
            add(directory + "/usr/lib/modules/" + r, kLayout);
        }
        add(folders.sysroot + "/lib/modules/" + r, kLayout);
        // Where /lib is a link this is the same folder; a sysroot may lack the link.
        std::error_code failure;
        const auto first = resolved(sysroot_, sysroot_ + "/lib/modules/" + r);
        if (!first || !fs::exists(*first, failure)) {
            add(folders.sysroot + "/usr/lib/modules/" + r, kLayout);
        }
        add(folders.sysroot + "/lib/modules/" + r + "/build", kBuildTree, true);
    }
    if (!beside.empty()) add(beside, FoundBy::beside_vmlinux, true);
}

/// A link in a folder of the sysroot (a weak update) leads to another file of it.
std::optional<std::string> ModuleFiles::target_of(const Folder& folder, const std::string& path) {
    if (folder.inside.empty()) return path;
    return base::path_in_root(sysroot_, folder.inside + path.substr(folder.path.size()));
}

void ModuleFiles::read(Folder& folder) {
    if (std::exchange(folder.read, true)) return;
    std::error_code failure;
    std::error_code ignored;
    fs::recursive_directory_iterator entry(folder.path,
                                           fs::directory_options::skip_permission_denied, failure);
    for (std::size_t count = 0; !failure && entry != fs::end(entry) && count < kMaxTreeEntries;
         entry.increment(failure), ++count) {
        auto name = module_name(base::file_name(entry->path().native()));
        if (name.empty()) continue;
        auto path = entry->is_symlink(ignored) ? target_of(folder, entry->path().native())
                                               : entry->path().native();
        if (path) folder.files[std::move(name)].push_back(*std::move(path));
    }
    for (auto& [name, files] : folder.files) {
        std::ranges::sort(files);
        std::ranges::stable_partition(files, is_debug_file);
    }
}

std::vector<KernelCandidate> ModuleFiles::named(std::string_view module) {
    std::string name(module);
    std::ranges::replace(name, '-', '_');
    std::vector<KernelCandidate> found;
    for (Folder& folder : folders_) {
        // Once another folder has the module, a source tree is not worth reading.
        if (folder.large && !found.empty()) break;
        read(folder);
        const auto files = folder.files.find(name);
        if (files == folder.files.end()) continue;
        for (const auto& path : files->second) found.push_back({path, folder.found_by});
    }
    return found;
}

std::vector<KernelCandidate> ModuleFiles::all() {
    std::vector<KernelCandidate> found;
    for (Folder& folder : folders_) {
        if (folder.large && !found.empty()) break;
        read(folder);
        for (const auto& [name, files] : folder.files) {
            for (const auto& path : files) found.push_back({path, folder.found_by});
        }
    }
    return found;
}

}  // namespace symline::find
