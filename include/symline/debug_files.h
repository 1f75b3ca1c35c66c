// Where debug files are looked for: one object for a whole run, shared by its modules.
//
// The places are asked in a fixed order: the files named by the user, build-id trees, debug links,
// kernel release layouts, packages that are not installed, debuginfod. What is found is checked
// against the build id (or the CRC of the debug link) before it is used; a file that fails is
// remembered with the reason, and the next place is asked. What was found and what was not is
// remembered too: a build id is asked for once. Two threads may use one DebugFiles.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "symline/build_id.h"
#include "symline/error.h"
#include "symline/fetch.h"
#include "symline/found_by.h"
#include "symline/index.h"

namespace symline {

namespace find {
class Chain;
class Debuginfod;
}  // namespace find

struct DebugFileOptions {
    /// Files that may be the debug file of whatever is looked up: asked first.
    std::vector<std::string> debug_files;
    /// Where build-id trees and debug-link trees begin (gdb's debug-file-directory), as they are.
    std::vector<std::string> debug_directories{"/usr/lib/debug"};
    /// Stands in front of /boot and /lib/modules; empty for this machine's own.
    std::string sysroot;
    /// Debug packages (.deb, .ddeb, .rpm) and folders of them. They are not installed: what is
    /// needed of them is unpacked into `package_cache`.
    std::vector<std::string> packages;
    /// Empty: symline/packages below $XDG_CACHE_HOME or ~/.cache.
    std::string package_cache;
    /// Debuginfod servers. The library by itself asks none: set `fetch.policy` for that.
    FetchOptions fetch;
    /// Whether lookups are answered from indexes (see Module::write_index) of the modules that use
    /// these options, and where those are: empty means `$XDG_CACHE_HOME/symline`, else
    /// `~/.cache/symline`.
    IndexUse index = IndexUse::never;
    std::string index_directory;
};

/// One place that was asked, and what came of it.
struct TriedPlace {
    std::string place;                    ///< a path; for packages and servers, their name
    FoundBy found_by = FoundBy::nothing;  ///< which finder asked there
    std::string outcome;                  ///< "used", "no such file", "build id ... instead of ..."
};

/// The outcome of one search.
struct FileSearch {
    std::string path;                     ///< empty: not found
    FoundBy found_by = FoundBy::nothing;  ///< the finder
    std::vector<Error> refused;           ///< files that were there and were not used
    std::vector<TriedPlace> tried;        ///< every place, in order
};

class DebugFiles {
public:
    explicit DebugFiles(DebugFileOptions options = {});
    DebugFiles(const DebugFiles&) = delete;
    DebugFiles& operator=(const DebugFiles&) = delete;
    ~DebugFiles();

    const DebugFileOptions& options() const { return options_; }

    /// The file with the debug information of a build id.
    FileSearch debug_file(const BuildId& build_id);
    /// The program, library, kernel or module of a build id.
    FileSearch code_file(const BuildId& build_id);
    /// vmlinux of a kernel release, or of a build id alone when `release` is empty.
    FileSearch kernel(std::string_view release, const std::optional<BuildId>& build_id);
    /// A module of a kernel release; '-' and '_' in its name are alike.
    FileSearch kernel_module(std::string_view name, std::string_view release,
                             const std::optional<BuildId>& build_id);

    /// A source file of what has that build id, from a debuginfod server alone. `path` is the
    /// debug information's own, absolute. Errors: not_found, with the reason.
    Expected<std::string> source_file(const BuildId& build_id, std::string_view path);

    /// Whether a server may be asked for what is not on this machine.
    bool may_fetch() const;
    /// Debug files that will be looked for: those that are not on this machine are fetched in
    /// parallel. `kernel_name`, which may be empty, is "vmlinux" or a module's.
    struct Expectation {
        BuildId build_id;
        std::string kernel_name;
        std::string kernel_release;
    };
    void fetch_together(std::span<const Expectation> files);

    /// For the library's own use.
    find::Chain& chain() { return *chain_; }

private:
    DebugFileOptions options_;
    std::shared_ptr<find::Debuginfod> debuginfod_;
    std::unique_ptr<find::Chain> chain_;
};

}  // namespace symline
