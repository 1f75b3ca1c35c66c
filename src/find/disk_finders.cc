#include "find/disk_finders.h"

#include <filesystem>
#include <utility>

#include "find/kernel_layout.h"
#include "find/kernel_names.h"

namespace symline::find {
namespace {

namespace fs = std::filesystem;

class ExplicitFiles : public FileFinder {
public:
    explicit ExplicitFiles(std::vector<std::string> paths) : paths_(std::move(paths)) {}

    FoundBy kind() const override { return FoundBy::explicit_path; }

    Candidates candidates(const Wanted&) override {
        // One that is not there is a mistake of the user's, not a place that is empty.
        Candidates found;
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
class BuildIdTree : public FileFinder {
public:
    BuildIdTree(std::vector<std::string> directories, std::string sysroot)
        : directories_(std::move(directories)), sysroot_(std::move(sysroot)) {}

    FoundBy kind() const override { return FoundBy::build_id_tree; }

    Candidates candidates(const Wanted& wanted) override {
        Candidates found;
        if (!wanted.build_id || wanted.build_id->bytes().size() < 2) return found;
        const std::string hex = wanted.build_id->hex();
        const auto stem = "/.build-id/" + hex.substr(0, 2) + "/" + hex.substr(2);
        for (const std::string& directory : directories_) {
            if (wanted.content == Content::code) found.paths.push_back(directory + stem);
            found.paths.push_back(directory + stem + ".debug");
        }
        if (wanted.content == Content::code) found.paths.push_back(sysroot_ + "/usr/lib" + stem);
        return found;
    }

private:
    std::vector<std::string> directories_;
    std::string sysroot_;
};

class DebugLinkFinder : public FileFinder {
public:
    DebugLinkFinder(std::vector<std::string> directories, std::string sysroot)
        : directories_(std::move(directories)), sysroot_(std::move(sysroot)) {}

    FoundBy kind() const override { return FoundBy::debug_link; }

    Candidates candidates(const Wanted& wanted) override {
        if (!wanted.debug_link || wanted.file == nullptr) return {};
        std::error_code failure;
        const fs::path path(wanted.file->path());
        const auto real = fs::canonical(path, failure);
        const auto folder = (failure ? path : real).parent_path();
        const std::string link(wanted.debug_link->file_name);
        const std::string beside = (folder / link).string();
        Candidates found{{beside, (folder / ".debug" / link).string()}, {}, {}};
        const auto inside = below_sysroot(beside);
        for (const std::string& directory : directories_) {
            if (!inside.empty()) found.paths.push_back(directory + inside);
            found.paths.push_back(directory + beside);
        }
        return found;
    }

private:
    /// The path as the machine in the sysroot has it; empty for a file that is not in there.
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

class KernelLayouts : public FileFinder {
public:
    KernelLayouts(std::vector<std::string> directories, std::string sysroot) {
        folders_.sysroot = std::move(sysroot);
        folders_.debug_directories = std::move(directories);
    }

    FoundBy kind() const override { return FoundBy::release_layout; }

    Candidates candidates(const Wanted& wanted) override {
        if (wanted.kernel_name.empty()) return {};
        Candidates found;
        for (auto& each : layouts(wanted)) found.paths.push_back(std::move(each.path));
        return found;
    }

private:
    std::vector<KernelCandidate> layouts(const Wanted& wanted) {
        if (wanted.kernel_name != "vmlinux") {
            if (wanted.module_files != nullptr) {
                return wanted.module_files->named(wanted.kernel_name);
            }
            const auto release = release_of(wanted);
            if (release.empty()) return {};
            return ModuleFiles(folders_, release, {}).named(wanted.kernel_name);
        }
        return vmlinux_candidates(folders_, release_of(wanted), std::nullopt);
    }

    static std::string release_of(const Wanted& wanted) {
        if (!wanted.kernel_release.empty() || wanted.file == nullptr) return wanted.kernel_release;
        return kernel_release(*wanted.file);
    }

    KernelFolders folders_;
};

}  // namespace

std::unique_ptr<FileFinder> explicit_files(std::vector<std::string> paths) {
    return std::make_unique<ExplicitFiles>(std::move(paths));
}

std::unique_ptr<FileFinder> build_id_tree(std::vector<std::string> directories,
                                          std::string sysroot) {
    return std::make_unique<BuildIdTree>(std::move(directories), std::move(sysroot));
}

std::unique_ptr<FileFinder> debug_link_finder(std::vector<std::string> directories,
                                              std::string sysroot) {
    return std::make_unique<DebugLinkFinder>(std::move(directories), std::move(sysroot));
}

std::unique_ptr<FileFinder> kernel_layouts(std::vector<std::string> directories,
                                           std::string sysroot) {
    return std::make_unique<KernelLayouts>(std::move(directories), std::move(sysroot));
}

}  // namespace symline::find
