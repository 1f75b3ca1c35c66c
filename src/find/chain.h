// The finders in their order, and what they found in this run.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "find/debuginfod/debuginfod.h"
#include "find/file_finder.h"

namespace symline::find {

struct Search {
    std::optional<elf::ElfFile> file;
    FoundBy found_by = FoundBy::nothing;
    std::vector<Error> refused;     ///< files that were there and are not the ones
    std::vector<TriedPlace> tried;  ///< every place, in order
};

class Chain {
public:
    explicit Chain(std::vector<std::unique_ptr<FileFinder>> finders)
        : finders_(std::move(finders)) {}

    /// Asks the finders in order, until a candidate passes the check. The same question is asked
    /// once: later on its answer is taken from memory, without what was refused and tried.
    Search find(const Wanted& wanted);

    /// Whether a finder that asks no other machine knows a file that passes the check.
    bool on_disk(const Wanted& wanted);

private:
    struct Known {
        std::string path;  ///< empty: it was not found
        FoundBy found_by = FoundBy::nothing;
    };

    Search ask(const Wanted& wanted);
    bool ask(FileFinder& finder, const Wanted& wanted, Search& search);

    std::mutex mutex_;
    std::vector<std::unique_ptr<FileFinder>> finders_;
    std::map<std::string, Known, std::less<>> known_;
};

/// Every finder that the options ask for, in the order of symline/debug_files.h. Without
/// `debuginfod` no server is asked.
std::vector<std::unique_ptr<FileFinder>> finders_for(
    const DebugFileOptions& options, std::shared_ptr<Debuginfod> debuginfod = nullptr);

/// What is looked for as the debug file of `file`.
Wanted debug_file_of(const elf::ElfFile& file);

}  // namespace symline::find
