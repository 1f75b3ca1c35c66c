// The members of a .deb or .rpm package, one after the other.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "find/package/archive_library.h"

namespace symline::find {

struct PackageMember {
    /// Without a leading '/' or "./". A path with a ".." component stays as it is, and `leads_out`
    /// is set.
    std::string path;
    bool leads_out = false;
    bool regular = false;
    /// Where a symbolic or hard link leads, as a path like `path`; empty for other members, and for
    /// links that lead out of the package.
    std::string target;
    std::uint64_t size = 0;
};

/// `path` of a package without "." components and with every ".." resolved against `folder`;
/// nothing when it leads out.
std::optional<std::string> path_inside(std::string_view folder, std::string_view path);

class PackageReader {
public:
    static Expected<PackageReader> open(const std::string& path);

    /// Nothing at the end of the package.
    Expected<std::optional<PackageMember>> next();
    /// Writes the contents of the last member to a descriptor, `limit` bytes at most.
    Expected<void> copy_to(int descriptor, std::uint64_t limit);

private:
    PackageReader(const ArchiveLibrary& library, std::string path);
    Expected<void> open_deb();
    Expected<void> open_rpm();
    Error error(archive* reader) const;

    const ArchiveLibrary* library_;
    std::string path_;
    /// The ar archive of a .deb, from whose member the files are read. Outlives `files_`.
    struct Source;
    std::shared_ptr<Source> source_;
    ArchiveHandle files_;
};

}  // namespace symline::find
