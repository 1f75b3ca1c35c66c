// Where a debug file may be: finders, asked in a fixed order.
//
// A finder knows one convention and names candidates; the chain opens them and checks each before
// it is used, against the build id, or the CRC of the debug link where there is no build id. A
// candidate that fails is remembered with the reason, and the next one is tried.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elf/elf_file.h"

namespace symline::find {

/// What is looked for: the debug file of `file`.
struct Wanted {
    const elf::ElfFile* file = nullptr;
    std::optional<BuildId> build_id;
    std::optional<elf::DebugLink> debug_link;
};

class FileFinder {
public:
    virtual ~FileFinder() = default;
    /// How a file found here is called in answers: "build-id tree".
    virtual std::string_view name() const = 0;
    /// Paths where the file may be, best first. They need not exist.
    virtual std::vector<std::string> candidates(const Wanted& wanted) const = 0;
};

struct FoundFile {
    elf::ElfFile file;
    std::string_view found_by;
};

struct Search {
    std::optional<FoundFile> found;
    std::vector<Error> refused;  ///< files that were there and are not the ones
};

/// The chain for debug files on disk: build-id trees, then debug links, below each of
/// `directories`.
std::vector<std::unique_ptr<FileFinder>> disk_finders(const std::vector<std::string>& directories);

/// Asks the finders in order for a debug file that belongs to `file`.
Search find_debug_file(const elf::ElfFile& file,
                       const std::vector<std::unique_ptr<FileFinder>>& finders);

}  // namespace symline::find
