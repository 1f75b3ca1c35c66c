#include "base/unpack_bound.h"

#include <sys/statvfs.h>

#include <algorithm>

namespace symline::base {
namespace {

/// Whatever its ratio, a file of this size does no harm.
constexpr std::uint64_t kHarmless = std::uint64_t{32} << 20;
/// What other programs may need meanwhile.
constexpr std::uint64_t kReserved = std::uint64_t{128} << 20;

}  // namespace

UnpackBound::UnpackBound(std::uint64_t packed, std::uint64_t ratio)
    : ratio_(ratio), left_(kHarmless + std::min(packed, UINT64_MAX / 2 / ratio) * ratio) {}

std::optional<std::string> UnpackBound::add(std::uint64_t bytes) {
    if (bytes > left_) {
        left_ = 0;
        return "it unpacks to more than " + std::to_string(ratio_) + " times its size";
    }
    left_ -= bytes;
    return std::nullopt;
}

std::optional<std::string> lacks_room(int descriptor, std::uint64_t bytes) {
    struct statvfs system{};
    if (::fstatvfs(descriptor, &system) != 0 || system.f_blocks == 0) return std::nullopt;
    const std::uint64_t free = std::uint64_t{system.f_bavail} * system.f_frsize;
    const std::uint64_t usable = free - std::min(free, kReserved);
    if (bytes <= usable) return std::nullopt;
    return "it needs " + std::to_string(bytes >> 20) + " MB of disk space, and " +
           std::to_string(usable >> 20) + " MB can be used";
}

}  // namespace symline::base
