// The finders in their order, and what they found in this run.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "find/debuginfod/debuginfod.h"
#include "find/finder.h"
#include "symline/debug_files.h"

namespace symline::find {

struct FoundFile {
    std::optional<elf::ElfFile> file;
    FoundBy found_by = FoundBy::nothing;
    std::string finder;             ///< the name of a custom one
    std::vector<Error> refused;     ///< files that were there and are not the ones
    std::vector<TriedPlace> tried;  ///< every place, in order
};

class FinderList {
public:
    using Finders = std::vector<std::unique_ptr<ListedFinder>>;
    explicit FinderList(Finders finders) : finders_(std::move(finders)) {}

    /// Asks the finders in order, until a candidate passes the check. The same question is asked
    /// once: the next time its answer is taken from memory, without what was refused and tried.
    FoundFile find(const WantedFile& wanted);

    /// Whether a finder that asks no other machine knows a file that passes the check.
    bool on_disk(const WantedFile& wanted);

private:
    struct Known {
        std::string path;  ///< empty: it was not found
        FoundBy found_by = FoundBy::nothing;
        std::string finder;
    };

    FoundFile ask(const WantedFile& wanted);
    bool ask(ListedFinder& finder, const WantedFile& wanted, FoundFile& answer);

    std::mutex mutex_;
    Finders finders_;
    std::map<std::string, Known, std::less<>> known_;
};

/// The finders that the options ask for. Without `debuginfod` no server is asked.
FinderList::Finders finders_for(const DebugFileOptions& options,
                                const std::shared_ptr<Debuginfod>& debuginfod = nullptr);

/// Those of a DebugFiles.
FinderList& finders_of(DebugFiles& files);
/// Whether there are debuginfod servers that its files could be asked of, allowed or not.
bool knows_servers(DebugFiles& files);

/// The request for the debug file of `file`.
WantedFile debug_file_of(const elf::ElfFile& file);

}  // namespace symline::find
