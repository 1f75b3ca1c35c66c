// Source files, read when a line of them is to be shown.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "find/source_finder.h"
#include "output/source.h"

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

    /// The text of the file that the search finds, unless it is found by its name only.
    std::optional<std::string_view> text(std::string_view path) override;
    /// Where the file is; null when it was not found. Valid until the next call.
    const find::FoundSource* find(const find::WantedSource& wanted) { return search_.find(wanted); }
    /// The text of the file at `path`, as it is. Valid until the next call.
    std::optional<std::string_view> read(const std::string& path);

private:
    find::SourceSearch search_;
    std::map<std::string, std::optional<std::string>, std::less<>> texts_;
    std::size_t bytes_ = 0;
};

}  // namespace symline::tools
