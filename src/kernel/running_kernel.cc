#include "kernel/running_kernel.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/file_text.h"

namespace symline::kernel {
namespace {

constexpr std::uint32_t kBuildIdType = 3;  // NT_GNU_BUILD_ID
constexpr std::size_t kHeaderSize = 12;

std::uint32_t word_at(std::span<const std::byte> bytes, std::size_t offset) {
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data() + offset, sizeof(value));
    return value;
}

std::uint64_t aligned(std::uint64_t size) {
    return (size + 3) / 4 * 4;
}

std::optional<BuildId> build_id_of(const std::string& root) {
    const auto notes = base::file_text(root + "/sys/kernel/notes");
    return build_id_in_notes(std::as_bytes(std::span(notes)));
}

}  // namespace

std::optional<BuildId> build_id_in_notes(std::span<const std::byte> notes) {
    while (notes.size() >= kHeaderSize) {
        const auto name_size = word_at(notes, 0);
        const auto size = word_at(notes, 4);
        const auto begin = kHeaderSize + aligned(name_size);
        if (begin + std::uint64_t{size} > notes.size()) return std::nullopt;
        const bool gnu =
            name_size == 4 && std::memcmp(notes.data() + kHeaderSize, "GNU", name_size) == 0;
        if (gnu && word_at(notes, 8) == kBuildIdType) return BuildId(notes.subspan(begin, size));
        const auto next = begin + aligned(size);
        if (next >= notes.size()) break;
        notes = notes.subspan(next);
    }
    return std::nullopt;
}

const std::string& RunningKernel::release() const {
    if (!release_) {
        release_ = base::file_text(root_ + "/proc/sys/kernel/osrelease");
        release_->erase(std::min(release_->find('\n'), release_->size()));
    }
    return *release_;
}

const std::optional<BuildId>& RunningKernel::build_id() const {
    if (!build_id_) build_id_.emplace(build_id_of(root_));
    return *build_id_;
}

Kallsyms RunningKernel::kallsyms() const {
    return Kallsyms(base::file_text(root_ + "/proc/kallsyms"));
}

}  // namespace symline::kernel
