// The note in which distributions write the package of a program or library: type 0xcafe1a7e of
// owner "FDO", contents in JSON (https://systemd.io/ELF_PACKAGE_METADATA, section .note.package).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "symline/package.h"

namespace symline::elf {

/// The first such note that can be read.
std::optional<Package> package_in_notes(base::Bytes notes, bool big_endian,
                                        std::uint64_t alignment = 4);

/// `json` is one object; of its members those that are strings and have a known name count.
/// Nothing for what is no object, or is cut short.
std::optional<Package> parse_package(std::string_view json);

}  // namespace symline::elf
