// Where a file may be: finders, each of which knows one convention.
//
// A finder names candidates; the chain (find/chain.h) asks the finders in their order, opens the
// candidates and checks each before it is used.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elf/elf_file.h"
#include "symline/debug_files.h"

namespace symline::find {

class ModuleFiles;

enum class Content {
    debug,  ///< a file with debug information
    code,   ///< the program, library or kernel itself
};

/// What is looked for. Members that are not known are empty; one of `build_id`, `debug_link`,
/// `kernel_name` and `installed_path` has to be known.
struct Wanted {
    Content content = Content::debug;
    /// The file whose debug file is wanted.
    const elf::ElfFile* file = nullptr;
    std::optional<BuildId> build_id;
    std::optional<elf::DebugLink> debug_link;
    /// "vmlinux", or a module's name with '_' for '-'.
    std::string kernel_name;
    std::string kernel_release;
    /// The files of that release's modules, where the caller has them.
    ModuleFiles* module_files = nullptr;
    /// Where the file lies when its package is installed: an absolute path.
    std::string installed_path;
};

struct Candidates {
    std::vector<std::string> paths;  ///< best first; they need not exist
    std::vector<Error> problems;     ///< what kept the finder from looking
    /// Packages or servers that gave no file, and what they said.
    struct Asked {
        std::string place;
        std::string outcome;
    };
    std::vector<Asked> asked;
};

class FileFinder {
public:
    virtual ~FileFinder() = default;
    /// How answers call a file that was found here.
    virtual FoundBy kind() const = 0;
    /// Whether it asks other machines: the last to be asked, and not for what may be done without.
    virtual bool remote() const { return false; }
    virtual Candidates candidates(const Wanted& wanted) = 0;
};

}  // namespace symline::find
