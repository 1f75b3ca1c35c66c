#include "find/split_file.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace symline::find {
namespace {

namespace fs = std::filesystem;

/// PATH_MAX: Linux opens no longer path.
constexpr std::size_t kMaxPathSize = 4096;

void add(std::vector<std::string>& paths, std::string path) {
    if (path.size() >= kMaxPathSize || std::ranges::find(paths, path) != paths.end()) return;
    paths.push_back(std::move(path));
}

/// The paths as they were given, and the targets of those that are symbolic links.
std::vector<fs::path> real_files(const SplitPlaces& places) {
    std::vector<fs::path> files;
    for (const std::string& file : places.files) {
        std::error_code failure;
        const fs::path& given = files.emplace_back(file);
        const auto folder = given.has_parent_path() ? given.parent_path() : fs::path(".");
        const auto same = fs::canonical(folder, failure) / given.filename();
        auto real = fs::canonical(given, failure);
        if (!failure && real != same) files.push_back(std::move(real));
    }
    return files;
}

}  // namespace

std::vector<std::string> split_file_paths(const SplitPlaces& places, std::string_view name,
                                          std::string_view compilation_directory) {
    std::vector<std::string> paths;
    if (name.empty()) return paths;
    const fs::path file(name);
    const fs::path compiled = fs::path(compilation_directory) / file;
    if (compiled.is_absolute()) add(paths, compiled.string());
    for (const fs::path& program : real_files(places)) {
        const fs::path folder = program.parent_path();
        if (!compiled.is_absolute()) add(paths, (folder / compiled).string());
        add(paths, (folder / file.filename()).string());
        if (!file.is_absolute()) add(paths, (folder / file).string());
    }
    if (!compiled.is_absolute()) return paths;
    for (const std::string& directory : places.debug_directories) {
        add(paths, directory + compiled.lexically_normal().string());
    }
    return paths;
}

std::vector<std::string> package_paths(const SplitPlaces& places) {
    std::vector<std::string> paths;
    const auto files = real_files(places);
    for (const fs::path& file : files) {
        add(paths, file.string() + ".dwp");
        // A debug file is called PROGRAM.debug, and the package was made from PROGRAM.
        if (file.extension() == ".debug") {
            add(paths, (file.parent_path() / file.stem()).string() + ".dwp");
        }
    }
    for (const std::string& directory : places.debug_directories) {
        for (const fs::path& file : files) {
            if (file.is_absolute()) add(paths, directory + file.string() + ".dwp");
        }
    }
    return paths;
}

Expected<elf::ElfFile> open_named_file(const std::string& path) {
    std::error_code failure;
    const auto status = fs::status(path, failure);
    if (status.type() == fs::file_type::not_found) {
        return std::unexpected(Error{ErrorCode::not_found, path, "No such file or directory"});
    }
    if (!failure && !fs::is_regular_file(status)) {
        return std::unexpected(Error{ErrorCode::not_a_file, path, "not a regular file"});
    }
    return elf::ElfFile::open(path);
}

}  // namespace symline::find
