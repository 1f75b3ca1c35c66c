#include "verify/readable_file.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/regular_file.h"
#include "symbolize/open_module.h"

namespace symline::verify {
namespace {

/// Whether what is at the path has the same size and the same ELF header.
bool is_at_path(const std::string& path, base::Bytes image) {
    constexpr std::size_t kElfHeader = 64;
    const auto file = base::RegularFile::open(path);
    if (!file || file->size() != image.size()) return false;
    std::array<std::uint8_t, kElfHeader> start{};
    const auto bytes = std::span(start).first(std::min(start.size(), image.size()));
    return file->read(0, bytes) && std::ranges::equal(bytes, image.first(bytes.size()));
}

}  // namespace

Expected<ReadableFile> ReadableFile::of(const Module& module) {
    const auto* debug = symbolize::debug_file(module);
    const elf::ElfFile& file = debug != nullptr ? *debug : symbolize::code_file(module);
    ReadableFile readable;
    readable.path_ = file.path();
    if (is_at_path(file.path(), file.image())) return readable;
    readable.copy_ = std::make_unique<base::MemoryFile>("symline-verify");
    if (!readable.copy_->write(file.image())) {
        return std::unexpected(Error{ErrorCode::unreadable, file.path(),
                                     "no room for a copy that other readers can open"});
    }
    readable.path_ = "/proc/" + std::to_string(::getpid()) + "/fd/" +
                     std::to_string(readable.copy_->descriptor());
    return readable;
}

}  // namespace symline::verify
