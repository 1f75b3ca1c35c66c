// Compressed sections: SHF_COMPRESSED (System V ABI, "Section Compression") and GNU's older form.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "symline/error.h"

namespace symline::elf {

struct Inflated {
    std::unique_ptr<std::uint8_t[]> bytes;
    std::size_t size = 0;
};

/// How the headers of a file are written.
struct HeaderForm {
    bool is64 = true;
    bool big_endian = false;
};

/// Inflates the contents of an SHF_COMPRESSED section: an Elf32_Chdr or Elf64_Chdr, then zlib or
/// zstd data. Errors carry no file name: malformed, unsupported.
Expected<Inflated> inflate_section(base::Bytes raw, HeaderForm form,
                                   std::uint64_t max = UINT64_MAX);

/// Inflates a .zdebug_ section: "ZLIB", the size as 8 bytes big-endian, then zlib data.
Expected<Inflated> inflate_old_section(base::Bytes raw, std::uint64_t max = UINT64_MAX);

/// The CRC-32 of zlib.
std::uint32_t crc32(base::Bytes bytes);
/// The CRC-32 of a whole debug file, as .gnu_debuglink stores it.
std::uint32_t debug_link_crc(base::Bytes file);

}  // namespace symline::elf
