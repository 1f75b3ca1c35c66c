#include "find/package/package.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>
#include <string_view>
#include <utility>

#include "base/atomic_file.h"
#include "base/file_text.h"
#include "base/hex.h"
#include "base/path.h"
#include "base/text.h"
#include "base/trusted_folder.h"
#include "base/unpack_bound.h"

namespace symline::find {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kListHeader = "symline package list 1";
constexpr std::size_t kMaxMembers = 2'000'000;
/// Debug packages unpack to 4 to 10 times their size.
constexpr std::uint64_t kMaxRatio = 100;

Error leads_out(const std::string& package, const std::string& member) {
    return {ErrorCode::malformed, package, "member '" + member + "' leads out of the package"};
}

/// The folder for this version of the package in the cache; empty when the package is unreadable.
std::string folder_of(const std::string& path, const std::string& cache) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
    std::error_code failure;
    const auto real = fs::canonical(path, failure);
    const auto nanoseconds = static_cast<std::uint64_t>(status.st_mtim.tv_sec) * 1'000'000'000 +
                             static_cast<std::uint64_t>(status.st_mtim.tv_nsec);
    return cache + "/" + std::string(base::file_name(path)) + "-" +
           base::hex_digits(status.st_size) + "-" + base::hex_digits(nanoseconds) + "-" +
           base::hex_digits(std::hash<std::string>{}(real.native()));
}

}  // namespace

void Package::list(const IsWanted& wanted, std::vector<Error>& problems) {
    if (std::exchange(listed_, true)) return;
    folder_ = folder_of(path_, cache_);
    if (folder_.empty()) {
        problems.push_back({ErrorCode::not_found, path_, "no such package"});
    } else if (cache_.empty()) {
        problems.push_back({ErrorCode::unsupported, path_,
                            "no folder to unpack it in: neither XDG_CACHE_HOME nor HOME is set"});
    } else if (auto problem = base::distrust_of_folder(cache_); !problem.empty()) {
        problems.push_back({ErrorCode::unsupported, path_, "not unpacked: " + problem});
    } else if (!load_list(problems)) {
        read(wanted, problems);
    }
}

Error Package::too_large(const std::string& member, std::uint64_t size) const {
    return {ErrorCode::unsupported, path_,
            "member '" + member + "' of " + std::to_string(size >> 20) +
                " MB not unpacked: the limit is " + std::to_string(kMaxMemberSize >> 20) + " MB"};
}

void Package::read(const IsWanted& wanted, std::vector<Error>& problems) {
    auto reader = PackageReader::open(path_);
    if (!reader) {
        problems.push_back(reader.error());
        return;
    }
    std::set<std::string> targets;
    std::uint64_t total = 0;
    std::error_code failure;
    const auto packed = fs::file_size(path_, failure);
    base::UnpackBound bound(failure ? 0 : packed, kMaxRatio);
    for (;;) {
        auto next = reader->next();
        if (!next) {
            // What was listed so far can be used; the next run tries again.
            problems.push_back(next.error());
            return;
        }
        if (!*next) break;
        const PackageMember& member = **next;
        total += member.size;
        if (total > kMaxPackageSize || members_.size() > kMaxMembers) {
            problems.push_back({ErrorCode::unsupported, path_,
                                "too large: the limit is " + std::to_string(kMaxPackageSize >> 30) +
                                    " GB unpacked"});
            return;
        }
        if (const auto problem = bound.add(member.size)) {
            problems.push_back({ErrorCode::unsupported, path_, "not unpacked: " + *problem});
            return drop();
        }
        if (!add_member(member, problems)) continue;
        if (!wanted(member.path) && !targets.contains(member.path)) continue;
        if (!member.target.empty()) targets.insert(member.target);
        if (!member.regular || member.size > kMaxMemberSize) continue;
        // A failure occurs again, and is reported, when the file is asked for.
        if (!unpack(*reader, member.path, member.size)) continue;
    }
    save_list();
}

bool Package::add_member(const PackageMember& member, std::vector<Error>& problems) {
    if (member.leads_out) {
        refused_.push_back(member.path);
        problems.push_back(leads_out(path_, member.path));
        return false;
    }
    const bool useful = member.regular || !member.target.empty();
    if (!useful || member.path.find('\n') != std::string::npos) return false;
    members_[member.path] = {member.regular, member.size, member.target};
    return true;
}

std::string Package::resolve(std::string_view member) const {
    constexpr int kMaxLinks = 16;
    auto at = members_.find(member);
    for (int links = 0; at != members_.end() && links < kMaxLinks; ++links) {
        if (at->second.regular) return at->first;
        at = members_.find(at->second.target);
    }
    return {};
}

/// Of a package that is refused nothing stays in the cache.
void Package::drop() {
    std::error_code failure;
    fs::remove_all(folder_, failure);
    members_.clear();
}

Expected<void> Package::unpack(PackageReader& reader, const std::string& member,
                               std::uint64_t size) {
    const auto failure = [this] {
        return std::unexpected(
            Error{ErrorCode::unreadable, path_, "cannot be unpacked in " + folder_});
    };
    auto file = base::AtomicFile::create(folder_ + "/files/" + member);
    if (!file) return failure();
    if (const auto problem = base::lacks_room(file->descriptor(), size)) {
        return std::unexpected(Error{ErrorCode::unreadable, path_,
                                     "member '" + member + "' not unpacked: " + *problem});
    }
    if (auto copied = reader.copy_to(file->descriptor(), kMaxMemberSize); !copied) return copied;
    if (!file->commit()) return failure();
    return {};
}

Expected<std::string> Package::unpacked(const std::string& member) {
    std::string path = folder_ + "/files/" + member;
    std::error_code failure;
    if (fs::is_regular_file(path, failure)) return path;
    const auto known = members_.find(member);
    if (known != members_.end() && known->second.size > kMaxMemberSize) {
        return std::unexpected(too_large(member, known->second.size));
    }
    auto reader = PackageReader::open(path_);
    if (!reader) return std::unexpected(reader.error());
    for (;;) {
        auto next = reader->next();
        if (!next) return std::unexpected(next.error());
        if (!*next) break;
        if ((*next)->leads_out || !(*next)->regular || (*next)->path != member) continue;
        if (auto done = unpack(*reader, member, (*next)->size); !done)
            return std::unexpected(done.error());
        return path;
    }
    return std::unexpected(Error{ErrorCode::not_found, path_, "has no member '" + member + "'"});
}

// The list: a header, then a line for each member: 'f' SIZE PATH, 'l' PATH '\t' TARGET for a link,
// '!' PATH for one that leads out.
void Package::save_list() const {
    std::string text(kListHeader);
    text += '\n';
    for (const auto& member : refused_) {
        if (member.find('\n') == std::string::npos) base::append(text, {"! ", member, "\n"});
    }
    for (const auto& [path, member] : members_) {
        if (member.regular) {
            base::append(text, {"f ", std::to_string(member.size), " ", path, "\n"});
        } else if (path.find('\t') == std::string::npos) {
            base::append(text, {"l ", path, "\t", member.target, "\n"});
        }
    }
    // Without the list in the cache, the next run reads the package again.
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    static_cast<void>(base::write_atomically(folder_ + "/list", {bytes, text.size()}));
}

bool Package::load_list(std::vector<Error>& problems) {
    const std::string text = base::file_text(folder_ + "/list");
    std::string_view lines = text;
    const auto next_line = [&] {
        const auto end = std::min(lines.find('\n'), lines.size());
        const auto line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 1, lines.size()));
        return line;
    };
    if (next_line() != kListHeader) return false;
    while (!lines.empty()) {
        const std::string_view line = next_line();
        if (line.size() < 3) continue;
        const std::string rest(line.substr(2));
        if (line[0] == '!') {
            problems.push_back(leads_out(path_, rest));
        } else if (line[0] == 'f') {
            std::uint64_t size = 0;
            const auto end = std::from_chars(rest.data(), rest.data() + rest.size(), size).ptr;
            if (*end == ' ') members_[std::string(end + 1)] = {true, size, {}};
        } else if (const auto tab = rest.find('\t'); tab != std::string::npos) {
            members_[rest.substr(0, tab)] = {false, 0, rest.substr(tab + 1)};
        }
    }
    return true;
}

}  // namespace symline::find
