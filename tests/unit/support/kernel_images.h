// Small bootable kernels made in memory.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "support/byte_writer.h"
#include "support/elf_builder.h"
#include "support/files.h"

namespace symline::test {

/// The bytes packed by a program ("gzip -n"); empty where that is not installed.
inline ByteVector packed(const ByteVector& bytes, const std::string& command) {
    const TemporaryFolder folder;
    const auto in = folder.write("plain", bytes);
    const auto out = folder.path("packed");
    const auto line = command + " -c < " + in + " > " + out + " 2>/dev/null";
    return std::system(line.c_str()) == 0 ? read_whole(out) : ByteVector{};
}

inline void put(ByteVector& bytes, std::size_t at, std::uint32_t value, bool big_endian = false) {
    const ByteVector word = ByteWriter(big_endian).u32(value).data();
    std::copy(word.begin(), word.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

inline void put_text(ByteVector& bytes, std::size_t at, std::string_view text) {
    if (bytes.size() < at + text.size()) bytes.resize(at + text.size());
    std::copy(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

inline void append(ByteVector& bytes, const ByteVector& more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
}

/// A GNU build id note of 20 bytes `fill`.
inline ByteVector build_id_note(std::uint8_t fill, bool big_endian = false) {
    ByteWriter out(big_endian);
    out.u32(4).u32(20).u32(3).string("GNU").bytes(ByteVector(20, fill));
    return out.data();
}

/// A vDSO: one loaded segment, which is the note.
inline ByteVector vdso(std::uint8_t fill, bool big_endian = false) {
    constexpr std::uint32_t kLoad = 1;
    ElfBuilder elf({true, big_endian}, ET_DYN);
    const auto notes = elf.add({.name = ".note",
                                .type = SHT_NOTE,
                                .flags = SHF_ALLOC,
                                .bytes = build_id_note(fill, big_endian),
                                .alignment = 4});
    elf.add_segment(kLoad, notes, 4);
    return elf.build();
}

/// A kernel without ELF headers: code, banner, its note (0x11), and a vDSO with a note of its own.
inline ByteVector raw_kernel(bool big_endian = false) {
    ByteVector kernel(4096);
    append(kernel, build_id_note(0x11, big_endian));
    append(kernel, ByteWriter().string("Linux version 6.9.1-test (x) #1\n").data());
    kernel.resize(8192);
    append(kernel, vdso(0x22, big_endian));
    return kernel;
}

}  // namespace symline::test
