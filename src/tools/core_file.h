// The file of a core or dump, from wherever it comes.
#pragma once

#include <expected>
#include <string>

#include "base/sparse_file.h"

namespace symline::tools {

class CoreFile {
public:
    /// A path that it can be opened by as long as this object lives: the named one, or that of a
    /// copy, since it is read in any order, of what comes through a pipe ("-") or is compressed.
    /// The error is a whole line without the program's name. A file that cannot be opened is left
    /// to whoever reads it.
    std::expected<std::string, std::string> prepare(const std::string& name);

private:
    base::SparseFile copy_;
    base::SparseFile unpacked_;
};

}  // namespace symline::tools
