// Where a source file that debug information names may be read: finders, asked in a fixed order.
//
// Only regular files are answers: a path in debug information may name a pipe, which would hang its
// reader, or a device, which opening may already disturb.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "symline/build_id.h"

namespace symline::find {

/// What is looked for.
struct WantedSource {
    std::string_view path;            ///< as the debug information has it; not empty
    std::optional<BuildId> build_id;  ///< of the file with the code
    std::string_view code_file;       ///< its path
};

struct FoundSource {
    std::string path;  ///< of a regular file
    /// Only the file's name is that of the wanted one: many folders have a main.c, and who shows it
    /// must have another reason to.
    bool by_name_only = false;
};

class SourceFinder {
public:
    virtual ~SourceFinder() = default;
    /// Nothing when this finder knows none.
    virtual std::optional<FoundSource> find(const WantedSource& wanted) const = 0;
};

/// The path as it is recorded, below the root folder of the machine that the code ran on.
class RecordedSource final : public SourceFinder {
public:
    explicit RecordedSource(std::string sysroot = {}) : sysroot_(std::move(sysroot)) {}
    std::optional<FoundSource> find(const WantedSource& wanted) const override;

private:
    std::string sysroot_;
};

/// The longest end of the path that exists below one of some folders; among equally long ones, the
/// first folder's. Nothing outside of the folders, whatever ".." the path has. The end has two
/// components or more; one is enough where the path has no others, or where the folder is named as
/// the one before it.
class SourceDirectories final : public SourceFinder {
public:
    explicit SourceDirectories(std::vector<std::string> directories)
        : directories_(std::move(directories)) {}
    std::optional<FoundSource> find(const WantedSource& wanted) const override;

private:
    std::vector<std::string> directories_;
};

/// A file of that name in one of some folders.
class SourceFileNames final : public SourceFinder {
public:
    explicit SourceFileNames(std::vector<std::string> directories)
        : directories_(std::move(directories)) {}
    std::optional<FoundSource> find(const WantedSource& wanted) const override;

private:
    std::vector<std::string> directories_;
};

/// The finders in their order, and what they answered.
class SourceSearch {
public:
    explicit SourceSearch(std::vector<std::unique_ptr<SourceFinder>> finders)
        : finders_(std::move(finders)) {}
    /// The first finder's answer; null when none has one. Valid until the next call.
    const FoundSource* find(const WantedSource& wanted);

private:
    std::vector<std::unique_ptr<SourceFinder>> finders_;
    std::map<std::string, std::optional<FoundSource>, std::less<>> known_;
};

/// The finders for files on disk: in `directories`, which the user named, by the end of the path,
/// then the recorded path, then in `directories` by the name alone.
std::vector<std::unique_ptr<SourceFinder>> source_finders(
    const std::vector<std::string>& directories, const std::string& sysroot);

/// A path without "." and empty components, and without ".." except in front of a relative path
/// that leaves its folder. Only the text is looked at.
std::string plain_path(std::string_view path);

}  // namespace symline::find
