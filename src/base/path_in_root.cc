#include "base/path_in_root.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/descriptor.h"

namespace symline::base {
namespace {

int open_below(const std::string& root, const std::string& path, int flags) {
    const char* top = root.empty() ? "/" : root.c_str();
    const Descriptor folder(::open(top, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (folder.number < 0) return -1;
    open_how how{};
    how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
    // A magic link of /proc leads anywhere, also out of a root folder.
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    return static_cast<int>(::syscall(SYS_openat2, folder.number, path.c_str(), &how, sizeof how));
}

/// Where openat2 is missing, or kept from us: what leads out of the root is not followed, but
/// refused.
std::optional<std::string> canonical_below(const std::string& root, const std::string& path) {
    namespace fs = std::filesystem;
    std::error_code failure;
    const auto top = fs::canonical(root, failure);
    if (failure) return std::nullopt;
    const auto real = fs::canonical(root + path, failure);
    if (failure) return std::nullopt;
    const std::string inside = top == "/" ? "/" : top.native() + "/";
    return real.native().starts_with(inside) ? std::optional(root + path) : std::nullopt;
}

std::optional<std::string> path_of(int descriptor) {
    std::array<char, 4096> name;  // PATH_MAX
    const auto link = "/proc/self/fd/" + std::to_string(descriptor);
    const auto size = ::readlink(link.c_str(), name.data(), name.size());
    if (size <= 0 || static_cast<std::size_t>(size) == name.size()) return std::nullopt;
    return std::string(name.data(), static_cast<std::size_t>(size));
}

bool leads_to(const std::string& path, int descriptor) {
    struct stat named{};
    struct stat wanted{};
    return ::stat(path.c_str(), &named) == 0 && ::fstat(descriptor, &wanted) == 0 &&
           named.st_dev == wanted.st_dev && named.st_ino == wanted.st_ino;
}

}  // namespace

std::optional<std::string> path_in_root(const std::string& root, const std::string& path) {
    if (root.empty()) return path;
    const Descriptor file(open_below(root, path, O_PATH));
    if (file.number < 0) {
        const bool unknown = errno == ENOSYS || errno == EPERM;
        return unknown ? canonical_below(root, path) : std::nullopt;
    }
    if (leads_to(root + path, file.number)) return root + path;
    // Of a file in another mount namespace (/proc/PID/root) it is the path there.
    auto real = path_of(file.number);
    if (real && leads_to(root + *real, file.number)) return root + *real;
    if (real && leads_to(*real, file.number)) return real;
    return std::nullopt;
}

int open_in_root(const std::string& root, const std::string& path) {
    return open_below(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
}

}  // namespace symline::base
