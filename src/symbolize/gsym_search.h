// The GSYM file of a module: FILE.gsym, where LLVM's symbolizer looks for it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/mapped_file.h"
#include "elf/elf_file.h"
#include "gsym/plain_file.h"
#include "symline/debug_files.h"

namespace symline::symbolize {

struct GsymTables {
    base::MappedFile mapped;
    gsym::PlainFile tables;
    std::string path;
    bool surely_of_file = false;  ///< it has the file's build id, or its functions are the file's
};

struct GsymSearch {
    std::optional<GsymTables> found;
    std::vector<Error> refused;
    std::vector<TriedPlace> tried;
};

/// Beside `code`, then in the directories. LLVM takes the first that is there, of whatever build;
/// here one of another build id is refused.
GsymSearch find_gsym(const elf::ElfFile& code, const std::vector<std::string>& directories);

}  // namespace symline::symbolize
