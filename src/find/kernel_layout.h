// Where distributions keep the debug files of a kernel: vmlinux by its release, modules by name.
//
// RHEL and its family, Fedora, openEuler: lib/modules/R/vmlinux below the debug directory, or
// usr/lib/modules/R/vmlinux; modules as NAME.ko.debug. Debian and Ubuntu: boot/vmlinux-R, modules
// as NAME.ko. SUSE: boot/vmlinux-R.debug. A kernel built on the machine: /lib/modules/R/build.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "symline/build_id.h"
#include "symline/debug_files.h"
#include "symline/found_by.h"

namespace symline::find {

/// Where to look.
struct KernelFolders {
    KernelFolders() = default;
    explicit KernelFolders(const DebugFileOptions& places, std::vector<std::string> modules = {})
        : sysroot(places.sysroot),
          debug_directories(places.debug_directories),
          module_directories(std::move(modules)) {}

    /// Prefix of /lib/modules and /boot; empty for this machine.
    std::string sysroot;
    /// Used as they are, without the sysroot; in one that is below it, links lead nowhere else.
    std::vector<std::string> debug_directories{"/usr/lib/debug"};
    /// Folders of modules that the user named: searched first.
    std::vector<std::string> module_directories;
};

/// A path, which need not exist, and the convention that names it.
struct KernelCandidate {
    std::string path;
    FoundBy found_by = FoundBy::nothing;
};

/// Where vmlinux of a release, or of a build id, may be, best first.
std::vector<KernelCandidate> vmlinux_candidates(const KernelFolders& folders,
                                                std::string_view release,
                                                const std::optional<BuildId>& build_id);

/// The name of a module as the kernel writes it, from its file's name: without ".ko", ".debug" and
/// the suffix of a compression, '-' as '_'. Empty when it is no module's file.
std::string module_name(std::string_view file_name);

/// The files of all modules of one release. A folder is read once, when a module is in none of the
/// folders before it.
class ModuleFiles {
public:
    /// `beside` is where an explicitly named vmlinux lies (empty: nowhere), searched last.
    ModuleFiles(const KernelFolders& folders, std::string_view release, const std::string& beside);

    /// The files of a module ('-' and '_' are equivalent), best first: debug files before others.
    /// Only those of the first folder that has any.
    std::vector<KernelCandidate> named(std::string_view module);
    /// All files in the folders that were read so far and in those before the build tree.
    std::vector<KernelCandidate> all();

private:
    struct Folder {
        std::string path;
        std::string inside{};  ///< its path within the sysroot; empty: not below it
        FoundBy found_by = FoundBy::nothing;
        bool large = false;  ///< may be a whole source tree: read only for a module found nowhere
        bool read = false;
        std::unordered_map<std::string, std::vector<std::string>> files{};
    };

    void read(Folder& folder);
    std::optional<std::string> target_of(const Folder& folder, const std::string& path);

    std::string sysroot_;
    std::vector<Folder> folders_;
};

}  // namespace symline::find
