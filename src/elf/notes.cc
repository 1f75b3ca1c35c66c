#include "elf/notes.h"

#include <algorithm>

namespace symline::elf {
namespace {

constexpr std::uint64_t kHeaderSize = 12;
constexpr std::uint32_t kGnuBuildId = 3;  // NT_GNU_BUILD_ID
constexpr std::size_t kMaxBuildIdSize = 64;

std::string_view text_of(base::Bytes bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return text.substr(0, text.find('\0'));
}

}  // namespace

/// After the last note there may be none.
void NoteWalk::skip_padding() {
    const std::uint64_t padding = (unit_ - cursor_.offset() % unit_) % unit_;
    cursor_.skip(std::min(padding, cursor_.remaining()));
}

std::optional<Note> NoteWalk::next() {
    if (damaged_ || cursor_.remaining() < kHeaderSize) return std::nullopt;
    const std::uint32_t name_size = cursor_.u32();
    const std::uint32_t size = cursor_.u32();
    Note note;
    note.type = cursor_.u32();
    const base::Bytes name = cursor_.rest();
    damaged_ = name_size > name.size();
    if (damaged_) return std::nullopt;
    cursor_.skip(name_size);
    skip_padding();
    const base::Bytes contents = cursor_.rest();
    damaged_ = size > contents.size();
    if (damaged_) return std::nullopt;
    cursor_.skip(size);
    skip_padding();
    note.name = text_of(name.first(name_size));
    note.contents = contents.first(size);
    return note;
}

std::optional<BuildId> build_id_in_notes(base::Bytes notes, bool big_endian,
                                         std::uint64_t alignment) {
    NoteWalk walk(notes, big_endian, alignment);
    while (const auto note = walk.next()) {
        const auto size = note->contents.size();
        if (note->name == "GNU" && note->type == kGnuBuildId && size > 0 &&
            size <= kMaxBuildIdSize) {
            return BuildId(std::as_bytes(note->contents));
        }
    }
    return std::nullopt;
}

}  // namespace symline::elf
