// Lists the split files of a whole program, for `symline find`.
#pragma once

#include <string>
#include <vector>

#include "dwarf/companion_files.h"

namespace symline::dwarf {

/// One unit whose DIEs are in another file.
struct ListedSplit {
    std::string name;  ///< DW_AT_dwo_name
    std::string path;  ///< the split file or package that holds the unit; empty: none was found
    bool in_package = false;
};

/// Every unit of `file` that was split, in the file's order. Each is opened and checked by its id.
std::vector<ListedSplit> list_splits(const elf::ElfFile& file, CompanionFiles& companions);

}  // namespace symline::dwarf
