// Whether what lies in a folder can be taken for our own.
//
// Indexes and unpacked packages are believed, since they were written by the same user. A folder
// that others write to may hold what they want us to read.
#pragma once

#include <string>

namespace symline::base {

/// Why what is in a folder may not be ours; empty where it is, and where there is no such folder.
/// That of root, who can do anything, is as good as one of the user.
std::string distrust_of_folder(const std::string& path);

}  // namespace symline::base
