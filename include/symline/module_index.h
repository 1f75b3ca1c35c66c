// The index of a module: what lookups in a file answer, written down, so that the next run need not
// read the debug information.
//
//     const auto written = module.index().write();
//     if (written) std::cout << written->path << ": " << written->size << " bytes\n";
#pragma once

#include <string>

#include "symline/error.h"
#include "symline/index.h"

namespace symline {

class Module;

/// Made by Module::index(); valid as long as the Module.
class ModuleIndex {
public:
    /// The index that lookups are answered from; empty when none is.
    [[nodiscard]] std::string path() const;
    /// Why an index that is there is not used ("damaged", "made from a file of another build id");
    /// empty when there is none or it is used.
    [[nodiscard]] std::string problem() const;

    /// How long write() may take, roughly; 0 without debug information.
    [[nodiscard]] double seconds_to_write() const;
    /// Writes an index of the whole file, `<build id>.gsym` (of a file without a build id, a name
    /// made of its path), into a folder (empty: that of DebugFileOptions), which is made with those
    /// above it where it is not there, and from which this module and others of the same build are
    /// answered then. It is a GSYM file (LLVM's DebugInfoGSYM) with more after it. Lookups of other
    /// threads wait meanwhile; `progress` must not make any. Errors: not_found (no debug
    /// information, no folder), malformed (damaged debug information), unsupported (neither a build
    /// id nor a path), mismatch (the file is being changed), unreadable (it cannot be written).
    [[nodiscard]] Expected<WrittenIndex> write(const std::string& directory = {},
                                               IndexProgress progress = {}) const;

private:
    friend class Module;
    struct Parts;
    explicit ModuleIndex(const Parts& parts) : parts_(&parts) {}
    const Parts* parts_;
};

}  // namespace symline
