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

}  // namespace

std::vector<KernelCandidate> vmlinux_candidates(const KernelFolders& folders,
                                                std::string_view release,
                                                const std::optional<BuildId>& build_id) {
    std::vector<KernelCandidate> found;
    if (build_id && build_id->bytes().size() >= 2) {
        const std::string hex = build_id->hex();
        for (const std::string& directory : folders.debug_directories) {
            const auto stem = directory + "/.build-id/" + hex.substr(0, 2) + "/" + hex.substr(2);
            found.push_back({stem + ".debug", kBuildId});
        }
    }
    if (release.empty()) return found;
    const std::string r(release);
    for (const std::string& directory : folders.debug_directories) {
        for (const char* modules : {"/lib/modules/", "/usr/lib/modules/"}) {
            found.push_back({directory + modules + r + "/vmlinux", kLayout});
            found.push_back({directory + modules + r + "/vmlinux.debug", kLayout});
        }
        found.push_back({directory + "/boot/vmlinux-" + r, kLayout});
        found.push_back({directory + "/boot/vmlinux-" + r + ".debug", kLayout});
        found.push_back({directory + "/vmlinux-" + r, kLayout});
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
                         std::string beside) {
    const auto add = [&](std::string path, FoundBy found_by) {
        folders_.push_back({.path = std::move(path), .found_by = found_by});
    };
    const auto add_tree = [&](std::string path, FoundBy found_by) {
        add(std::move(path), found_by);
        folders_.back().large = true;
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
        if (!fs::exists(folders.sysroot + "/lib/modules/" + r, failure)) {
            add(folders.sysroot + "/usr/lib/modules/" + r, kLayout);
        }
        add_tree(folders.sysroot + "/lib/modules/" + r + "/build", kBuildTree);
    }
    if (!beside.empty()) add_tree(std::move(beside), FoundBy::beside_vmlinux);
}

void ModuleFiles::read(Folder& folder) {
    if (std::exchange(folder.read, true)) return;
    std::error_code failure;
    fs::recursive_directory_iterator entry(folder.path,
                                           fs::directory_options::skip_permission_denied, failure);
    for (std::size_t count = 0; !failure && entry != fs::end(entry) && count < kMaxTreeEntries;
         entry.increment(failure), ++count) {
        auto name = module_name(base::file_name(entry->path().native()));
        if (!name.empty()) folder.files[std::move(name)].push_back(entry->path().native());
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
