#include "gsym/path_table.h"

#include <algorithm>

namespace symline::gsym {

void PathTable::set_file(GsymFile& gsym, std::uint32_t file, SourceLocation& location) {
    if (file == 0) return;
    if (file >= gsym.files()) return gsym.note_damage();
    if (paths_.empty()) paths_.resize(gsym.files() / kPathsTogether + 1);
    auto& together = paths_[file / kPathsTogether];
    if (together == nullptr) together = std::make_unique<Paths>();
    Path& path = (*together)[file % kPathsTogether];
    if (!path.read) read_path(gsym, file, path);
    location.file = path.text;
    location.compilation_directory_size = path.prefix;
}

void PathTable::read_path(GsymFile& gsym, std::uint32_t file, Path& path) {
    const auto [directory, name, prefix] = gsym.path(file);
    path.text = name;
    if (!directory.empty()) {
        const std::size_t size = directory.size() + 1 + name.size();
        auto* joined = static_cast<char*>(joined_->allocate(size, 1));
        joined[directory.copy(joined, directory.size())] = '/';
        name.copy(joined + directory.size() + 1, name.size());
        path.text = {joined, size};
    }
    path.prefix = static_cast<std::uint32_t>(std::min<std::uint64_t>(prefix, path.text.size()));
    path.read = !gsym.damaged();
}

}  // namespace symline::gsym
