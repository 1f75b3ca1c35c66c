#include "dwarf/path_join.h"

namespace symline::dwarf {
namespace {

bool absolute(std::string_view path) {
    return path.starts_with('/');
}

void append(std::string& path, std::string_view part) {
    if (part.empty()) return;
    if (!path.empty() && !path.ends_with('/')) path += '/';
    path += part;
}

/// True when `directory` is the compilation directory or lies below it as text. A relative
/// directory of this kind has been joined by the compiler already: Debian's glibc is compiled in
/// "./stdlib" with a directory "./stdlib" in its tables, and GNU addr2line 2.40 prints
/// "./stdlib/./stdlib/".
bool begins_with_directory(std::string_view directory, std::string_view compilation_directory) {
    if (compilation_directory.empty() || !directory.starts_with(compilation_directory))
        return false;
    return directory.size() == compilation_directory.size() ||
           directory[compilation_directory.size()] == '/';
}

}  // namespace

JoinedPath join_path(const FileEntry& entry, std::string_view compilation_directory) {
    JoinedPath joined;
    if (absolute(entry.name)) {
        joined.text = entry.name;
        return joined;
    }
    const bool below = begins_with_directory(entry.directory, compilation_directory);
    const std::string_view base =
        absolute(entry.directory) || entry.in_compilation_directory || below
            ? std::string_view{}
            : compilation_directory;
    append(joined.text, base);
    append(joined.text, entry.directory);
    const bool known_base =
        !base.empty() || entry.in_compilation_directory || (below && !absolute(entry.directory));
    const std::size_t prefix = !base.empty()                    ? base.size()
                               : entry.in_compilation_directory ? entry.directory.size()
                                                                : compilation_directory.size();
    append(joined.text, entry.name);
    if (known_base && prefix > 0 && prefix < joined.text.size()) {
        const bool slash = joined.text[prefix] == '/';
        joined.compilation_directory_size = static_cast<std::uint32_t>(prefix + (slash ? 1 : 0));
    }
    return joined;
}

}  // namespace symline::dwarf
