#include "base/memory_file.h"

#include <sys/mman.h>
#include <unistd.h>

namespace symline::base {

MemoryFile::MemoryFile(const char* name) : descriptor_(::memfd_create(name, MFD_CLOEXEC)) {}

MemoryFile::~MemoryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

bool MemoryFile::write(std::span<const std::uint8_t> bytes) const {
    while (descriptor_ >= 0 && !bytes.empty()) {
        const auto count = ::write(descriptor_, bytes.data(), bytes.size());
        if (count <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return descriptor_ >= 0;
}

std::string MemoryFile::text(std::size_t max) const {
    std::string text(max, '\0');
    const auto size = ::pread(descriptor_, text.data(), text.size(), 0);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
}

}  // namespace symline::base
