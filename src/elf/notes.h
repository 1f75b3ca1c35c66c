// The notes of an ELF file, a core, a dump or a running kernel: each has a name, a type and
// contents.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "symline/build_id.h"

namespace symline::elf {

struct Note {
    std::string_view name;
    std::uint32_t type = 0;
    base::Bytes contents;
};

class NoteWalk {
public:
    /// Notes are padded to 4 bytes, or to 8 where the alignment of their section or segment asks
    /// for that (elfutils' gelf_getnote does the same).
    NoteWalk(base::Bytes notes, bool big_endian, std::uint64_t alignment = 4)
        : cursor_(notes, big_endian), unit_(alignment == 8 ? 8 : 4) {}

    /// Nothing at the end, or at a note that is cut short.
    std::optional<Note> next();
    /// Whether next() came to a note that is cut short.
    bool damaged() const { return damaged_; }

private:
    void skip_padding();

    base::Cursor cursor_;
    std::uint64_t unit_;
    bool damaged_ = false;
};

/// The contents of the first NT_GNU_BUILD_ID.
std::optional<BuildId> build_id_in_notes(base::Bytes notes, bool big_endian,
                                         std::uint64_t alignment = 4);

}  // namespace symline::elf
