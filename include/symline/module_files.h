// The files that a module's answers come from, and how they were found.
//
//     if (module.files().debug_path().empty()) {
//         for (const symline::Error& each : module.files().refused()) {
//             std::cerr << each.file << ": " << each.message << '\n';
//         }
//     }
#pragma once

#include <span>
#include <string>
#include <vector>

#include "symline/debug_files.h"
#include "symline/error.h"
#include "symline/found_by.h"

namespace symline {

class Module;

/// Each function looks for the debug file if nothing has looked for it. Made by Module::files();
/// valid as long as the Module.
class ModuleFiles {
public:
    /// The file that holds the DWARF: the module's own path, or that of the separate debug file; or
    /// the GSYM file that answers instead. Empty when there is none.
    [[nodiscard]] const std::string& debug_path() const;
    /// How it was found; FoundBy::nothing when it was not.
    [[nodiscard]] FoundBy found_by() const;
    /// Candidates for the debug file that were there and were refused, and why (another build id, a
    /// wrong CRC, not ELF); and those for supplementary and split files, as far as lookups needed
    /// them.
    [[nodiscard]] std::vector<Error> refused() const;
    /// Every place where the debug file was looked for, in order. Empty where the same question was
    /// asked before in this run.
    [[nodiscard]] std::span<const TriedPlace> tried() const;

private:
    friend class Module;
    struct Parts;
    explicit ModuleFiles(const Parts& parts) : parts_(&parts) {}
    const Parts* parts_;
};

}  // namespace symline
