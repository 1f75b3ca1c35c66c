// Where debug files are looked for: one object for a whole run, shared by its modules.
//
//     symline::DebugFileOptions options;
//     options.sysroot = "/mnt/crashed";
//     options.fetch.policy = symline::FetchPolicy::automatic;
//     symline::DebugFiles files(std::move(options));
//     const auto found = files.kernel("6.1.0-44-amd64", std::nullopt);
//     for (const symline::TriedPlace& each : found.tried)
//         std::cout << each.place << ": " << describe(each) << '\n';
//
// The places are asked in the order of DebugFileOptions::finders, to which a caller's own can be
// added (symline/file_finder.h). What is found is checked against the build id (or the CRC of the
// debug link) before it is used; a file that fails is remembered with the reason, and the next
// place is asked. What was found and what was not is remembered too: a build id is asked for once.
// Two threads may use one DebugFiles.
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
#include "symline/file_finder.h"
#include "symline/found_by.h"
#include "symline/index.h"

namespace symline {

// NOLINTBEGIN(readability-redundant-member-init): without {} g++'s -Wextra wants every member
// named.

/// Whether a module is answered from a GSYM file of LLVM's llvm-gsymutil: FILE.gsym beside it, or
/// in one of DebugFileOptions::gsym_directories. One of another build id is never used. It has
/// neither columns nor discriminators.
enum class GsymUse {
    never,
    without_dwarf,  ///< where neither the file nor a debug file of it has DWARF
    before_dwarf,   ///< where there is one, as llvm-symbolizer does
};

struct DebugFileOptions {
    /// Who is asked, in this order. One that is left out is not asked.
    std::vector<Finder> finders = built_in_finders();
    /// Files that may be the debug file of whatever is looked up.
    std::vector<std::string> debug_files{};
    /// The roots of build-id trees and debug-link trees (gdb's debug-file-directory), as they are.
    std::vector<std::string> debug_directories{"/usr/lib/debug"};
    /// Prefix of /boot and /lib/modules; empty for this machine's own.
    std::string sysroot{};
    /// Debug packages (.deb, .ddeb, .rpm) and folders of them. They are not installed: what is
    /// needed of them is unpacked into `package_cache`.
    std::vector<std::string> packages{};
    /// Empty: symline/packages below $XDG_CACHE_HOME or ~/.cache.
    std::string package_cache{};
    /// Debuginfod servers. The library by itself asks none: set `fetch.policy` for that.
    FetchOptions fetch{};
    /// Whether lookups are answered from indexes (see ModuleIndex::write) of the modules that use
    /// these options, and where those are: empty means `$XDG_CACHE_HOME/symline`, else
    /// `~/.cache/symline`.
    IndexUse index = IndexUse::never;
    std::string index_directory{};
    GsymUse gsym = GsymUse::without_dwarf;
    /// Where GSYM files are that are not beside the module's file.
    std::vector<std::string> gsym_directories{};
};

// NOLINTEND(readability-redundant-member-init)

enum class TriedOutcome {
    used,
    not_found,    ///< there is no such file
    file_itself,  ///< it is the file that a debug file is wanted for
    refused,  ///< it was there and was not used, or the finder could not look; `detail` says why
    no_file,  ///< a package or server gave none; `detail` says why
};

/// One place that was asked, and what came of it.
struct TriedPlace {
    std::string place;  ///< a path; for packages and servers, their name
    FoundBy found_by = FoundBy::nothing;
    TriedOutcome outcome = TriedOutcome::not_found;
    std::string detail;
    std::string finder;  ///< FileFinder::name() of a custom one
};

/// For people: "used", "no such file", "build id ... instead of ...".
[[nodiscard]] std::string_view describe(const TriedPlace& tried);

/// The outcome of one search.
struct FileSearch {
    std::string path;  ///< empty: not found
    FoundBy found_by = FoundBy::nothing;
    std::string finder;             ///< FileFinder::name() of a custom one
    std::vector<Error> refused;     ///< files that were there and were not used
    std::vector<TriedPlace> tried;  ///< every place, in order
};

class DebugFiles {
public:
    explicit DebugFiles(DebugFileOptions options = {});
    DebugFiles(const DebugFiles&) = delete;
    DebugFiles& operator=(const DebugFiles&) = delete;
    ~DebugFiles();

    [[nodiscard]] const DebugFileOptions& options() const;

    /// The file with the debug information of a build id.
    [[nodiscard]] FileSearch debug_file(const BuildId& build_id);
    /// The program, library, kernel or module of a build id.
    [[nodiscard]] FileSearch code_file(const BuildId& build_id);
    /// vmlinux of a kernel release, or of a build id alone when `release` is empty.
    [[nodiscard]] FileSearch kernel(std::string_view release,
                                    const std::optional<BuildId>& build_id);
    /// A module of a kernel release; '-' and '_' in its name are alike.
    [[nodiscard]] FileSearch kernel_module(std::string_view name, std::string_view release,
                                           const std::optional<BuildId>& build_id);

    /// A source file of what has that build id, from a debuginfod server alone. `path` is the
    /// debug information's own, absolute. Errors: not_found, with the reason.
    [[nodiscard]] Expected<std::string> source_file(const BuildId& build_id, std::string_view path);

    /// Whether a server may be asked for what is not on this machine.
    [[nodiscard]] bool may_fetch() const;
    /// Debug files that will be looked for: those that are not on this machine are fetched in
    /// parallel. `kernel_name`, which may be empty, is "vmlinux" or a module's.
    struct Expectation {
        BuildId build_id{};
        std::string kernel_name{};
        std::string kernel_release{};
    };
    void fetch_together(std::span<const Expectation> files);

protected:
    struct State;  ///< the library's own

private:
    std::unique_ptr<State> state_;
};

}  // namespace symline
