// Parts of paths, as text: the file system is not consulted.
#pragma once

#include <string_view>

namespace symline::base {

/// What follows the last slash: "c.so" of "/a/b/c.so"; the whole path where there is none.
constexpr std::string_view file_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

}  // namespace symline::base
