// A way of finding files that the library does not know: a build farm's storage, a symbol server.
//
//     class Farm : public symline::FileFinder {
//     public:
//         std::string_view name() const override { return "farm"; }
//         symline::FileCandidates candidates(const symline::FileRequest& wanted) override {
//             symline::FileCandidates found;
//             if (wanted.build_id) found.paths.push_back("/farm/" + wanted.build_id->hex());
//             return found;
//         }
//     };
//
//     symline::DebugFileOptions options;
//     options.finders.insert(options.finders.begin(), std::make_shared<Farm>());
//
// A finder only names candidates. The library opens them and compares them with what was asked for
// (build id, CRC, kernel release): a file that does not match is refused, whoever named it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "symline/build_id.h"
#include "symline/error.h"
#include "symline/found_by.h"

namespace symline {

enum class FileContent {
    debug,  ///< a file with debug information
    code,   ///< the program, library or kernel itself
};

/// What is looked for. What is not known is empty.
struct FileRequest {
    FileContent content = FileContent::debug;
    std::optional<BuildId> build_id;
    /// The file whose debug file is wanted, and its debug link (.gnu_debuglink).
    std::string file_path;
    std::string debug_link;
    std::uint32_t debug_link_crc = 0;
    /// "vmlinux", or a module's name with '_' for '-'.
    std::string kernel_name;
    std::string kernel_release;
    /// Where the file lies when its package is installed: an absolute path.
    std::string installed_path;
};

/// What a finder answers.
struct FileCandidates {
    std::vector<std::string> paths;  ///< best first; they need not exist
    std::vector<Error> problems;     ///< what kept the finder from looking
    /// Packages or servers that gave no file, and what they said.
    struct Asked {
        std::string place;
        std::string answer;
    };
    std::vector<Asked> asked;
};

/// One DebugFiles calls its finders one at a time, from whichever thread asks it. They must not
/// throw, and must not ask the DebugFiles that calls them.
class FileFinder {
public:
    virtual ~FileFinder() = default;
    /// For people: what TriedPlace::finder and FileSearch::finder say.
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// Whether it asks other machines. Such a finder is not asked whether a file has to be fetched.
    [[nodiscard]] virtual bool remote() const { return false; }
    [[nodiscard]] virtual FileCandidates candidates(const FileRequest& wanted) = 0;
};

/// A finder of the library's (explicit_path, build_id_tree, debug_link, release_layout, package or
/// debuginfod) or one of the caller's.
using Finder = std::variant<FoundBy, std::shared_ptr<FileFinder>>;

/// The library's finders, in the order in which they are asked.
[[nodiscard]] std::vector<Finder> built_in_finders();

}  // namespace symline
