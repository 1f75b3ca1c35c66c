#include "symbolize/running_kernel.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>
#include <utility>

#include "find/running_kernel.h"

namespace symline {
namespace {

std::string read_text(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::optional<BuildId> build_id_of(const std::string& root) {
    const auto notes = read_text(root + "/sys/kernel/notes");
    return find::build_id_in_notes(std::as_bytes(std::span(notes)));
}

}  // namespace

RunningKernel::RunningKernel(std::string root)
    : root_(std::move(root)),
      release_(read_text(root_ + "/proc/sys/kernel/osrelease")),
      build_id_(build_id_of(root_)) {
    release_.erase(std::min(release_.find('\n'), release_.size()));
}

Kallsyms RunningKernel::kallsyms() const {
    return Kallsyms(read_text(root_ + "/proc/kallsyms"));
}

}  // namespace symline
