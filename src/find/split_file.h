// Where the split files (.dwo) and packages of them (.dwp) of a program may be.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "elf/elf_file.h"

namespace symline::find {

/// Where a program is, and what was built together with it.
struct SplitPlaces {
    std::vector<std::string> files;  ///< the program, and its separate debug file if it has one
    std::vector<std::string> debug_directories;
};

/// The paths where the split file `name` of a unit compiled in `compilation_directory` may be, best
/// first: where the compiler wrote it, beside the program, below the debug directories.
std::vector<std::string> split_file_paths(const SplitPlaces& places, std::string_view name,
                                          std::string_view compilation_directory);

/// The paths where a package may be: PROGRAM.dwp, also by the program's name without symlinks, for
/// its debug file, and below the debug directories.
std::vector<std::string> package_paths(const SplitPlaces& places);

/// Opens a regular file and nothing else: an untrusted file named the path, and merely opening a
/// device can have an effect.
Expected<elf::ElfFile> open_named_file(const std::string& path);

}  // namespace symline::find
