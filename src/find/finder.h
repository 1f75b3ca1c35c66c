// Where a file may be: finders, each of which knows one convention.
//
// A finder names candidates; the list (find/finder_list.h) asks the finders in their order, opens
// the candidates and checks each before it is used.
#pragma once

#include "elf/elf_file.h"
#include "symline/file_finder.h"

namespace symline::find {

class ModuleFiles;

/// What is looked for. One of `build_id`, `debug_link`, `kernel_name` and `installed_path` has to
/// be known.
struct WantedFile : FileRequest {
    /// The file at `file_path`.
    const elf::ElfFile* file = nullptr;
    /// The files of that release's modules, where the caller has them.
    ModuleFiles* module_files = nullptr;

    /// `kernel_release`, or else what `file` says.
    std::string release() const;
};

class ListedFinder {
public:
    virtual ~ListedFinder() = default;
    /// How answers call a file that was found here.
    virtual FoundBy kind() const = 0;
    /// The name that the caller of the library gave it.
    virtual std::string_view name() const { return {}; }
    /// Whether it asks other machines, which is not done for optional files.
    virtual bool remote() const { return false; }
    virtual FileCandidates candidates(const WantedFile& wanted) = 0;
};

}  // namespace symline::find
