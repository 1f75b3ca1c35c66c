// The supplementary file that dwz moved common debug information into: which one a file links to,
// and where it may be.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elf/elf_file.h"

namespace symline::find {

/// What .gnu_debugaltlink or DWARF 5's .debug_sup says of the supplementary file.
struct AltLink {
    std::string_view file_name;  ///< absolute, or relative to the folder of the file that links
    BuildId id;                  ///< its build id; in .debug_sup any checksum that both files carry
};

/// The link of `file`; nothing when it has none or the section is damaged. A supplementary file's
/// own .debug_sup is no link.
std::optional<AltLink> alt_link(const elf::ElfFile& file);

/// Where that file may be, best first: at its name, in the .dwz folder of every debug directory
/// (gdb's rule: what follows "/.dwz/" in the name), in every build-id tree.
std::vector<std::string> alt_file_places(const elf::ElfFile& file, const AltLink& link,
                                         const std::vector<std::string>& directories);

/// Why `candidate` is not the file that `link` means; nothing when it is.
std::optional<Error> alt_file_refusal(const AltLink& link, const elf::ElfFile& candidate);

struct AltFileSearch {
    std::optional<elf::ElfFile> found;
    std::vector<Error> refused;  ///< files that were there and are not the one
};

/// Tries the places in order.
AltFileSearch find_alt_file(const elf::ElfFile& file, const AltLink& link,
                            const std::vector<std::string>& directories);

}  // namespace symline::find
