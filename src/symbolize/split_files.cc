#include "symbolize/split_files.h"

#include <algorithm>
#include <utility>

namespace symline::symbolize {
namespace {

/// A program with thousands of split files of another build must not give thousands of notices.
constexpr std::size_t kMaxRefusals = 8;

}  // namespace

SplitFiles::SplitFiles(find::SplitPlaces places, std::string package, Refuse refuse)
    : places_(std::move(places)), package_(std::move(package)), refuse_(std::move(refuse)) {}

void SplitFiles::refuse(Error error) {
    if (refusals_++ < kMaxRefusals) refuse_(std::move(error));
}

void SplitFiles::open_package(const std::string& path) {
    auto file = find::open_named_file(path);
    if (file) {
        opened_packages_.push_back(std::move(*file));
    } else if (path == package_) {
        problem_ = "split debug information not read from '" + path + "': " + file.error().message;
    } else if (file.error().code != ErrorCode::not_found) {
        refuse(std::move(file.error()));
    }
}

std::vector<const elf::ElfFile*> SplitFiles::packages() {
    if (!package_.empty()) open_package(package_);
    for (const std::string& path : find::package_paths(places_)) {
        if (path != package_) open_package(path);
    }
    std::vector<const elf::ElfFile*> files;
    files.reserve(opened_packages_.size());
    for (const elf::ElfFile& file : opened_packages_) files.push_back(&file);
    return files;
}

std::string SplitFiles::not_found(std::string_view name,
                                  const std::vector<std::string>& tried) const {
    constexpr std::size_t kNamed = 2;
    std::string text = "names and inlined functions may be missing: no split debug file";
    if (!name.empty()) text += " " + std::string(name);
    for (std::size_t i = 0; i < std::min(kNamed, tried.size()); ++i) {
        text += (i == 0 ? "; looked for " : ", ") + tried[i];
    }
    if (tried.size() > kNamed) text += " and " + std::to_string(tried.size() - kNamed) + " more";
    for (const elf::ElfFile& file : opened_packages_) text += "; not in " + file.path();
    return text;
}

Expected<void> SplitFiles::split(const dwarf::SplitName& name,
                                 const dwarf::CompanionFiles::Offer& offer) {
    const auto paths = find::split_file_paths(places_, name.name, name.compilation_directory);
    for (const std::string& path : paths) {
        auto file = find::open_named_file(path);
        if (!file) {
            if (file.error().code != ErrorCode::not_found) refuse(std::move(file.error()));
            continue;
        }
        auto taken = offer(std::move(*file));
        if (taken) return {};
        refuse(std::move(taken.error()));
    }
    return std::unexpected(
        Error{ErrorCode::not_found, std::string(name.name), not_found(name.name, paths)});
}

}  // namespace symline::symbolize
