#include "find/disk_finders.h"

#include <filesystem>
#include <utility>

#include "base/path_in_root.h"
#include "find/kernel_layout.h"
#include "find/kernel_names.h"

namespace symline::find {
namespace {

namespace fs = std::filesystem;

class ExplicitFiles : public ListedFinder {
public:
    explicit ExplicitFiles(std::vector<std::string> paths) : paths_(std::move(paths)) {}

    FoundBy kind() const override { return FoundBy::explicit_path; }

    FileCandidates candidates(const WantedFile&) override {
        // A missing one is a mistake of the user, not just a place that holds nothing.
        FileCandidates found;
        for (const std::string& path : paths_) {
            std::error_code failure;
            if (fs::exists(path, failure)) {
                found.paths.push_back(path);
            } else {
                found.problems.push_back({ErrorCode::not_found, path, "no such file"});
            }
        }
        return found;
    }

private:
    std::vector<std::string> paths_;
};

/// gdb's manual, "Debugging Information in Separate Files"; Fedora adds links to the code.
class BuildIdTree : public ListedFinder {
public:
    BuildIdTree(std::vector<std::string> directories, std::string sysroot)
        : directories_(std::move(directories)), sysroot_(std::move(sysroot)) {}

    FoundBy kind() const override { return FoundBy::build_id_tree; }

    FileCandidates candidates(const WantedFile& wanted) override {
        FileCandidates found;
        if (!wanted.build_id || wanted.build_id->bytes().size() < 2) return found;
        const std::string hex = wanted.build_id->hex();
        const auto stem = "/.build-id/" + hex.substr(0, 2) + "/" + hex.substr(2);
        for (const std::string& directory : directories_) {
            if (wanted.content == FileContent::code) found.paths.push_back(directory + stem);
            found.paths.push_back(directory + stem + ".debug");
        }
        if (wanted.content == FileContent::code) {
            const auto code = base::path_in_root(sysroot_, "/usr/lib" + stem);
            if (code) found.paths.push_back(*code);
        }
        return found;
    }

private:
    std::vector<std::string> directories_;
    std::string sysroot_;
};

/// Each folder of a path is one more place to look at, and a path may come from a log or a core.
/// Installed files lie about 10 folders deep at most.
constexpr std::size_t kMostFolders = 32;

class DebugLinkFinder : public ListedFinder {
public:
    DebugLinkFinder(std::vector<std::string> directories, std::string sysroot)
        : directories_(std::move(directories)), sysroot_(std::move(sysroot)) {}

    FoundBy kind() const override { return FoundBy::debug_link; }

    FileCandidates candidates(const WantedFile& wanted) override {
        if (wanted.debug_link.empty() || wanted.file_path.empty()) return {};
        FileCandidates found;
        for (const fs::path& folder : folders_of(wanted.file_path)) {
            add_below(folder, wanted.debug_link, found.paths);
        }
        return found;
    }

private:
    /// The folder of the file that a path leads to, and that of the path, where it is another one:
    /// a folder of links may have links to both files.
    static std::vector<fs::path> folders_of(const std::string& path) {
        std::error_code failure;
        std::vector<fs::path> folders;
        const auto real = fs::canonical(path, failure);
        if (!failure) folders.push_back(real.parent_path());
        const auto given = fs::absolute(path, failure).parent_path();
        const auto same = fs::canonical(given, failure);
        if (folders.empty() || (!failure && same != folders.front())) folders.push_back(given);
        return folders;
    }

    void add_below(const fs::path& folder, const std::string& link,
                   std::vector<std::string>& paths) const {
        const std::string beside = (folder / link).string();
        paths.push_back(beside);
        paths.push_back((folder / ".debug" / link).string());
        const auto inside = below_sysroot(beside);
        for (const std::string& directory : directories_) {
            if (!inside.empty()) paths.push_back(directory + inside);
            paths.push_back(directory + beside);
        }
        for (const std::string& directory : directories_) {
            add_shorter_folders(directory, beside, paths);
        }
    }

    /// A tree may mirror the place where a file is installed while the file lies elsewhere, in a
    /// build's or an unpacked package's folder: DIRECTORY/bin/x.debug for /build/bin/x, down to
    /// DIRECTORY/x.debug (elfutils, find_debuginfo_in_path).
    static void add_shorter_folders(const std::string& directory, const std::string& beside,
                                    std::vector<std::string>& paths) {
        if (!beside.starts_with('/')) return;
        auto slash = beside.find('/', 1);
        for (std::size_t depth = 0; depth < kMostFolders && slash != std::string::npos; ++depth) {
            paths.push_back(directory + beside.substr(slash));
            slash = beside.find('/', slash + 1);
        }
    }

    /// The path as seen from inside the sysroot; empty for a file outside it.
    std::string below_sysroot(const std::string& path) const {
        std::error_code failure;
        const auto root = sysroot_.empty() ? fs::path() : fs::canonical(sysroot_, failure);
        const auto& text = root.native();
        if (failure || text.size() < 2 || !path.starts_with(text + "/")) return {};
        return path.substr(text.size());
    }

    std::vector<std::string> directories_;
    std::string sysroot_;
};

class KernelLayouts : public ListedFinder {
public:
    explicit KernelLayouts(KernelFolders folders) : folders_(std::move(folders)) {}

    FoundBy kind() const override { return FoundBy::release_layout; }

    FileCandidates candidates(const WantedFile& wanted) override {
        if (wanted.kernel_name.empty()) return {};
        FileCandidates found;
        for (auto& each : layouts(wanted)) found.paths.push_back(std::move(each.path));
        return found;
    }

private:
    std::vector<KernelCandidate> layouts(const WantedFile& wanted) {
        if (wanted.kernel_name != "vmlinux") {
            if (wanted.module_files != nullptr) {
                return wanted.module_files->named(wanted.kernel_name);
            }
            const auto release = wanted.release();
            if (release.empty()) return {};
            return ModuleFiles(folders_, release, {}).named(wanted.kernel_name);
        }
        return vmlinux_candidates(folders_, wanted.release(), std::nullopt);
    }

    KernelFolders folders_;
};

}  // namespace

std::unique_ptr<ListedFinder> explicit_files(std::vector<std::string> paths) {
    return std::make_unique<ExplicitFiles>(std::move(paths));
}

std::unique_ptr<ListedFinder> build_id_tree(std::vector<std::string> directories,
                                            std::string sysroot) {
    return std::make_unique<BuildIdTree>(std::move(directories), std::move(sysroot));
}

std::unique_ptr<ListedFinder> debug_link_finder(std::vector<std::string> directories,
                                                std::string sysroot) {
    return std::make_unique<DebugLinkFinder>(std::move(directories), std::move(sysroot));
}

std::unique_ptr<ListedFinder> kernel_layouts(KernelFolders folders) {
    return std::make_unique<KernelLayouts>(std::move(folders));
}

}  // namespace symline::find
