#include "symbolize/file_set.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "find/alt_file.h"
#include "find/finder_list.h"

namespace symline::symbolize {
namespace {

bool has_dwarf(const elf::ElfFile& file) {
    return file.debug_section(".debug_info") != nullptr;
}

}  // namespace

std::shared_ptr<DebugFiles> FileSet::default_places(const ModuleOptions& options) {
    DebugFileOptions places;
    places.debug_directories = options.debug_directories;
    return std::make_shared<DebugFiles>(std::move(places));
}

DebugFiles& FileSet::places() {
    std::call_once(making_places_, [this] {
        if (places_ == nullptr) places_ = default_places(options_);
    });
    return *places_;
}

const FileSet::Found& FileSet::found() {
    std::call_once(finding_, [this] { find(); });
    return found_;
}

void FileSet::find() {
    if (has_dwarf(code_)) {
        found_.path = code_.path();
        found_.found_by = FoundBy::file_itself;
        return;
    }
    if (known_separate_) {
        set_separate(std::move(known_separate_->file), known_separate_->found_by);
        return;
    }
    if (!options_.find_debug_file) return;
    auto search = find::finders_of(places()).find(find::debug_file_of(code_));
    refuse(std::move(search.refused));
    found_.tried = std::move(search.tried);
    if (search.file) set_separate(std::move(*search.file), search.found_by);
}

void FileSet::set_separate(elf::ElfFile file, FoundBy found_by) {
    found_.separate = std::move(file);
    found_.separate->place_like(code_);
    found_.path = found_.separate->path();
    found_.found_by = found_by;
}

const elf::ElfFile* FileSet::separate() {
    const auto& separate = found().separate;
    return separate ? &*separate : nullptr;
}

const elf::ElfFile* FileSet::debug() {
    if (const elf::ElfFile* other = separate()) return other;
    return found_.path.empty() ? nullptr : &code_;
}

void FileSet::refuse(std::vector<Error> errors) {
    const std::scoped_lock lock(refusing_);
    std::ranges::move(errors, std::back_inserter(refused_));
}

std::vector<Error> FileSet::refused() {
    found();
    const std::scoped_lock lock(refusing_);
    return refused_;
}

void FileSet::release_pages() {
    code_.release_pages();
    if (const elf::ElfFile* other = separate()) other->release_pages();
}

Expected<const elf::ElfFile*> FileSet::supplementary(const elf::ElfFile& of) {
    const auto link = find::alt_link(of);
    if (!link) {
        return std::unexpected(
            Error{ErrorCode::malformed, of.path(),
                  "damaged debug information: a supplementary file is meant, and none is named"});
    }
    auto search = find::find_alt_file(of, *link, places().options().debug_directories);
    refuse(std::move(search.refused));
    if (!search.found) {
        find::WantedFile wanted;
        wanted.build_id = link->id;
        wanted.installed_path = link->file_name;
        auto elsewhere = find::finders_of(places()).find(wanted);
        refuse(std::move(elsewhere.refused));
        search.found = std::move(elsewhere.file);
    }
    if (!search.found) {
        return std::unexpected(Error{ErrorCode::not_found, of.path(),
                                     "names are missing: no supplementary debug file " +
                                         std::string(link->file_name) + " of build id " +
                                         link->id.hex() + " found"});
    }
    supplementary_ = std::move(search.found);
    return &*supplementary_;
}

SplitFiles& FileSet::splits() {
    if (!splits_) {
        find::SplitPlaces where{{code_.path()}, places().options().debug_directories};
        if (const elf::ElfFile* other = separate()) where.files.push_back(other->path());
        splits_.emplace(std::move(where), options_.split_package,
                        [this](Error error) { refuse({std::move(error)}); });
    }
    return *splits_;
}

}  // namespace symline::symbolize
