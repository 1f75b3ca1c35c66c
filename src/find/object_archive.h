// Archives of object files: those of ar (System V's and GNU's long names, BSD's, GNU's thin ones)
// and AIX's big ones.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "symline/error.h"

namespace symline::find {

struct ArchiveMember {
    std::string name;
    base::Bytes bytes;      ///< empty where the archive is thin
    std::string thin_path;  ///< of a thin archive: the file, relative to the archive's folder
};

/// All members of a name in the order of the archive, which may have several. Errors: archive (it
/// is none), malformed.
Expected<std::vector<ArchiveMember>> members_named(base::Bytes archive, std::string_view name);

/// What LLVM calls the machine of an object file ("x86_64", "ppc64"); empty for one that is not
/// known here.
std::string_view architecture_of(base::Bytes object);

}  // namespace symline::find
