// Whether an index was made of what is there now. Its build id says so, unless a build was told
// which one to write; its place in memory says so too, unless two programs are alike in that.
//
// Of each section that answers come from, the header and the first and last bytes are summed up:
// programs that differ anywhere differ there, since what is added moves what follows it. All of it
// would be hundreds of megabytes.
#pragma once

#include <string>

#include "elf/elf_file.h"
#include "gsym/index_origin.h"
#include "symbolize/file_set.h"

namespace symline::symbolize {

/// `path` gets what the result's debug_path is a view of.
gsym::IndexOrigin origin_of(FileSet& files, std::string& path);

/// Why an index of that origin does not answer for a file; empty where it does. Looks at the
/// debug file that the index was made from, if it is there and has changed.
std::string problem_of_origin(const gsym::IndexOrigin& origin, const elf::ElfFile& code);

}  // namespace symline::symbolize
