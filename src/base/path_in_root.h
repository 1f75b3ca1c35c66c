// Paths of another machine's or another process's files, whose root folder lies somewhere here.
#pragma once

#include <optional>
#include <string>

namespace symline::base {

/// Where the file is that `path` leads to for whoever has `root` as the root folder: links below
/// it, absolute or with "..", lead nowhere else. root + path where no link leads elsewhere, and
/// where `root` is empty (then `path` is a path of this machine, whatever is there); nothing where
/// no such file is below the root.
std::optional<std::string> path_in_root(const std::string& root, const std::string& path);

/// Opens the file that path_in_root means, to read it: a descriptor, or -1 and errno. A link at the
/// end of the path is refused (ELOOP), and without openat2 (Linux 5.6) every file (ENOSYS).
int open_in_root(const std::string& root, const std::string& path);

}  // namespace symline::base
