#include "find/raw_kernel.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "elf/elf_file.h"
#include "find/image_bytes.h"

namespace symline::find {
namespace {

using base::Bytes;
using namespace std::string_view_literals;

/// The extent of an ELF file embedded in other bytes, from its segments.
std::size_t extent_of_elf(Bytes bytes) {
    constexpr std::size_t kMinSize = 64;
    const auto file = elf::ElfFile::from_memory("", bytes);
    if (!file) return kMinSize;
    const auto segments = file->segments();
    std::uint64_t end = kMinSize;
    if (segments) {
        for (const auto& segment : *segments) {
            if (segment.file_size > bytes.size()) continue;
            end = std::max(end, segment.offset + segment.file_size);
        }
    }
    return std::min<std::uint64_t>(end, bytes.size());
}

/// [begin, end) of every embedded ELF file.
std::vector<std::pair<std::size_t, std::size_t>> elf_files_in(Bytes kernel) {
    constexpr std::size_t kMaxFiles = 64;
    std::vector<std::pair<std::size_t, std::size_t>> found;
    const auto text = text_of(kernel);
    constexpr auto kMagic =
        "\x7f"
        "ELF"sv;
    for (auto at = text.find(kMagic); at != std::string_view::npos && found.size() < kMaxFiles;
         at = text.find(kMagic, at + 4)) {
        found.emplace_back(at, at + extent_of_elf(kernel.subspan(at)));
    }
    return found;
}

/// The id of the note whose name is at `name`, in the given byte order.
std::optional<BuildId> id_of_note(Bytes kernel, std::size_t name, bool big_endian) {
    constexpr std::size_t kHeader = 12;
    constexpr std::uint32_t kNameSize = 4, kIdSize = 20, kBuildIdNote = 3;
    if (name < kHeader || kernel.size() - name < kNameSize + kIdSize) return std::nullopt;
    base::Cursor header(kernel, big_endian, name - kHeader);
    if (header.u32() != kNameSize || header.u32() != kIdSize || header.u32() != kBuildIdNote) {
        return std::nullopt;
    }
    return BuildId(std::as_bytes(kernel.subspan(name + kNameSize, kIdSize)));
}

}  // namespace

std::optional<BuildId> build_id_in_raw_kernel(Bytes kernel) {
    constexpr auto kName = "GNU\0"sv;
    const auto inside = elf_files_in(kernel);
    const auto text = text_of(kernel);
    std::optional<BuildId> found;
    for (auto at = text.find(kName); at != std::string_view::npos; at = text.find(kName, at + 1)) {
        auto id = id_of_note(kernel, at, false);
        if (!id) id = id_of_note(kernel, at, true);
        const bool other = std::ranges::any_of(
            inside, [&](const auto& file) { return at >= file.first && at < file.second; });
        if (!id || other) continue;
        if (found && *found != *id) return std::nullopt;
        found = std::move(id);
    }
    return found;
}

}  // namespace symline::find
