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
    if (gsym_comes_first() && take_gsym()) return;
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
    if (search.file) {
        set_separate(std::move(*search.file), search.found_by);
    } else {
        take_gsym();
    }
}

GsymUse FileSet::gsym_use() {
    // A relocatable file has no addresses that the one who made the GSYM file could have used.
    const bool possible = options_.find_debug_file && !code_.relocatable();
    return possible ? places().options().gsym : GsymUse::never;
}

const GsymSearch& FileSet::gsym_search() {
    std::call_once(finding_gsym_, [this] {
        if (gsym_use() == GsymUse::never) return;
        gsym_ = find_gsym(code_, places().options().gsym_directories);
        refuse(std::exchange(gsym_.refused, {}));
    });
    return gsym_;
}

bool FileSet::gsym_comes_first() {
    return gsym_use() == GsymUse::before_dwarf && gsym_search().found;
}

/// False where there is none. Called only while the debug file is looked for.
bool FileSet::take_gsym() {
    const GsymSearch& search = gsym_search();
    std::ranges::copy(search.tried, std::back_inserter(found_.tried));
    if (!search.found) return false;
    found_.path = search.found->path;
    found_.found_by = FoundBy::gsym_file;
    if (!search.found->surely_of_file) {
        note_gsym_damage({ErrorCode::mismatch, found_.path,
                          "no build id in it: whether it is of this file is not known"});
    }
    return true;
}

const gsym::PlainFile* FileSet::gsym() {
    return found().found_by == FoundBy::gsym_file ? &gsym_.found->tables : nullptr;
}

void FileSet::note_gsym_damage(const Error& error) {
    const std::scoped_lock lock(refusing_);
    if (gsym_problem_.empty()) gsym_problem_ = error.message;
    gsym_doubtful_.store(true, std::memory_order_release);
}

std::string_view FileSet::noted_gsym_problem() const {
    const std::scoped_lock lock(refusing_);
    return gsym_problem_;
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
    const bool none = found_.path.empty() || found_.found_by == FoundBy::gsym_file;
    return none ? nullptr : &code_;
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
    if (gsym() != nullptr) gsym_.found->mapped.release_pages();
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
