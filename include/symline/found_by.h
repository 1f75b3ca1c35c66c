// How a file was found: which of the finders, or which other way.
//
//     const symline::FoundBy way = module.files().found_by();
//     if (way == symline::FoundBy::debuginfod) std::cout << "downloaded\n";
//     std::cout << module.files().debug_path() << " (" << describe(way) << ")\n";
#pragma once

#include <string_view>

namespace symline {

enum class FoundBy {
    nothing,         ///< it was not found
    file_itself,     ///< the file that was asked about has what was wanted
    explicit_path,   ///< the caller named the file
    build_id_tree,   ///< DIR/.build-id/xx/rest.debug
    debug_link,      ///< .gnu_debuglink
    alt_link,        ///< .gnu_debugaltlink or .debug_sup
    release_layout,  ///< where distributions keep the files of a kernel release
    build_tree,      ///< the folder that a kernel was built in
    beside_vmlinux,  ///< the folder of an explicitly named vmlinux
    package,         ///< a package that is not installed
    debuginfod,      ///< a debuginfod server, or the cache of what servers sent
    mapped_path,     ///< the path of the process's mapping
    same_folder,     ///< a folder that holds a program together with its libraries
    process_memory,  ///< a copy of the file in the memory of the process
    path_in_text,    ///< the path that a log names
    split_file,      ///< a .dwo file
    split_package,   ///< a .dwp file
    gsym_file,       ///< FILE.gsym beside the file, or in a folder of DebugFileOptions
    custom,          ///< a finder that the caller added
};

/// For people, and in JSON: "build-id tree". Empty for `nothing`.
[[nodiscard]] std::string_view describe(FoundBy way);

}  // namespace symline
