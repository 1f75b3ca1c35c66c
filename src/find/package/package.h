// One debug package: what is in it, and the members that were unpacked into the cache.
//
// A package is read as a whole once: its list of members is kept beside what was unpacked, in a
// folder of the cache named after the package, its size and its time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "find/package/package_reader.h"

namespace symline::find {

/// The largest vmlinux of a distribution has 1 GB.
inline constexpr std::uint64_t kMaxMemberSize = std::uint64_t{4} << 30;
/// The largest debug package, that of a kernel, has 8 GB.
inline constexpr std::uint64_t kMaxPackageSize = std::uint64_t{64} << 30;

class Package {
public:
    /// `cache` is the folder of all packages. Reads nothing.
    Package(std::string path, std::string cache)
        : path_(std::move(path)), cache_(std::move(cache)) {}

    const std::string& path() const { return path_; }

    /// Reads the list of members: from the cache, or else from the package, and then unpacks those
    /// that are `wanted` (and what they link to) on the way. What is wrong with the package is
    /// added to `problems`, once.
    using IsWanted = std::function<bool(std::string_view path)>;
    void list(const IsWanted& wanted, std::vector<Error>& problems);

    /// Every regular file and link that is used; after list().
    struct Member {
        bool regular = false;
        std::uint64_t size = 0;
        std::string target;
    };
    const std::map<std::string, Member, std::less<>>& members() const { return members_; }

    /// The regular file that a path leads to, links of the package followed; empty: none.
    std::string resolve(std::string_view member) const;
    /// Where a regular file of the package is unpacked; unpacks it if it is not there yet.
    Expected<std::string> unpacked(const std::string& member);

private:
    void read(const IsWanted& wanted, std::vector<Error>& problems);
    bool add_member(const PackageMember& member, std::vector<Error>& problems);
    Expected<void> unpack(PackageReader& reader, const std::string& member, std::uint64_t size);
    void drop();
    bool load_list(std::vector<Error>& problems);
    void save_list() const;
    Error too_large(const std::string& member, std::uint64_t size) const;

    std::string path_;
    std::string cache_;
    std::string folder_;  ///< in the cache
    bool listed_ = false;
    std::map<std::string, Member, std::less<>> members_;
    std::vector<std::string> refused_;  ///< members whose path leads out of the package
};

}  // namespace symline::find
