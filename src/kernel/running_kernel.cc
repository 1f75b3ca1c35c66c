#include "kernel/running_kernel.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/file_text.h"
#include "find/running_kernel.h"

namespace symline::kernel {
namespace {

std::optional<BuildId> build_id_of(const std::string& root) {
    const auto notes = base::file_text(root + "/sys/kernel/notes");
    return find::build_id_in_notes(std::as_bytes(std::span(notes)));
}

}  // namespace

RunningKernel::RunningKernel(std::string root)
    : root_(std::move(root)),
      release_(base::file_text(root_ + "/proc/sys/kernel/osrelease")),
      build_id_(build_id_of(root_)) {
    release_.erase(std::min(release_.find('\n'), release_.size()));
}

Kallsyms RunningKernel::kallsyms() const {
    return Kallsyms(base::file_text(root_ + "/proc/kallsyms"));
}

}  // namespace symline::kernel
