// The file with a module's debug information, as other programs can open it.
#pragma once

#include <memory>
#include <string>

#include "base/memory_file.h"
#include "symline/module.h"

namespace symline::verify {

class ReadableFile {
public:
    /// The file itself, or a copy in memory of what is no ELF file at its path: a member of an
    /// archive, standard input, a packed file. Errors: unreadable (there is no room for a copy).
    static Expected<ReadableFile> of(const Module& module);

    /// Opens it while this object lives.
    const std::string& path() const { return path_; }

private:
    std::string path_;
    std::unique_ptr<base::MemoryFile> copy_;
};

}  // namespace symline::verify
