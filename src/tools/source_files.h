// Source files, read when a line of them is to be shown.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "find/source_finder.h"
#include "output/source.h"
#include "symline/debug_files.h"
#include "symline/module.h"

namespace symline::tools {

/// The whole of a regular file of at most 64 MB; nothing when it cannot be read. Nothing else than
/// a regular file is opened.
std::optional<std::string> read_file(const std::string& path);

/// Keeps the texts of the files that were asked for last: the frames of one answer, and often the
/// answers of one run, lie in the same ones.
class SourceFiles final : public output::SourceText {
public:
    /// The paths as they are recorded, from the current folder where they are relative.
    SourceFiles() : SourceFiles({}, {}) {}
    SourceFiles(const std::vector<std::string>& directories, const std::string& sysroot)
        : search_(find::source_finders(directories, sysroot)) {}

    /// What is not on this machine may be fetched from a debuginfod server.
    void fetch_from(std::shared_ptr<DebugFiles> debug_files) {
        debug_files_ = std::move(debug_files);
    }
    /// What text() is asked for belongs to the file with the code of this build id.
    void set_build_id(std::optional<BuildId> build_id) { build_id_ = std::move(build_id); }
    /// Where the code is whose places text() and embedded() are asked for; `module` is borrowed
    /// until the next call.
    void set_code(const Module& module, FileAddress address) {
        module_ = &module;
        address_ = address;
        build_id_ = module.build_id();
    }

    /// The text of the file that the search finds, unless it is found by its name only; failing
    /// that, of the one that a server has.
    std::optional<std::string_view> text(std::string_view path) override;
    std::optional<std::string_view> embedded(std::string_view path) override;
    /// Where the file is; null when it was not found. Valid until the next call.
    const find::FoundSource* find(const find::WantedSource& wanted) { return search_.find(wanted); }
    /// Where the file is that a server has; nothing when none may be asked, or has it.
    std::optional<std::string> fetch(std::string_view path, const std::optional<BuildId>& build_id);
    /// The text of the file at `path`, as it is. Valid until the next call.
    std::optional<std::string_view> read(const std::string& path);

private:
    find::SourceSearch search_;
    std::shared_ptr<DebugFiles> debug_files_;
    std::optional<BuildId> build_id_;
    const Module* module_ = nullptr;
    FileAddress address_;
    std::map<std::string, std::optional<std::string>, std::less<>> texts_;
    std::size_t bytes_ = 0;
};

}  // namespace symline::tools
