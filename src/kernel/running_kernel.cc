#include "kernel/running_kernel.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "base/file_text.h"
#include "elf/notes.h"

namespace symline::kernel {
namespace {

std::optional<BuildId> build_id_of(const std::string& root) {
    const auto notes = base::file_text(root + "/sys/kernel/notes");
    const base::Bytes bytes(reinterpret_cast<const std::uint8_t*>(notes.data()), notes.size());
    return elf::build_id_in_notes(bytes, std::endian::native == std::endian::big);
}

}  // namespace

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
