#include "symbolize/index_file.h"

#include <utility>

#include "base/trusted_folder.h"
#include "gsym/index_store.h"
#include "symbolize/index_builder.h"
#include "symbolize/index_identity.h"
#include "symbolize/index_origin.h"

namespace symline::symbolize {

IndexUse IndexFile::use() const {
    const auto& places = files_->options().debug_files;
    return places == nullptr ? IndexUse::never : places->options().index;
}

std::string IndexFile::directory() const {
    const auto& places = files_->options().debug_files;
    const bool named = places != nullptr && !places->options().index_directory.empty();
    return named ? places->options().index_directory : gsym::default_directory();
}

void IndexFile::look() {
    if (std::exchange(looked_, true) || use() == IndexUse::never) return;
    const std::string name = index_name(files_->code());
    const std::string folder = directory();
    if (name.empty() || folder.empty()) return;
    path_ = gsym::path_in(folder, name);
    auto mapped = base::MappedFile::open_as_is(path_);
    if (!mapped) {
        if (mapped.error().code != ErrorCode::not_found) problem_ = mapped.error().message;
        return;
    }
    problem_ = base::distrust_of_folder(folder);
    if (!problem_.empty()) return;
    mapped_ = std::move(*mapped);
    id_ = index_id(files_->code());
    first_ = open();
    if (first_) problem_ = problem_of_origin(first_->origin(), files_->code());
    if (first_ && problem_.empty()) {
        gsym::note_use(path_);
    } else {
        first_.reset();
        mapped_.reset();
    }
}

std::optional<gsym::GsymReader> IndexFile::open() {
    const elf::ElfFile& code = files_->code();
    auto reader = gsym::GsymReader::of(mapped_->bytes(), id_, placement_of(code));
    if (reader) return std::move(*reader);
    const bool changed = !code.build_id() && reader.error().code == ErrorCode::mismatch;
    problem_ = changed ? "the file has changed since it was made" : reader.error().message;
    return std::nullopt;
}

std::optional<gsym::GsymReader> IndexFile::reader() {
    const std::scoped_lock lock(looking_);
    look();
    if (!mapped_) return std::nullopt;
    return first_ ? std::exchange(first_, std::nullopt) : open();
}

std::string IndexFile::path() {
    const std::scoped_lock lock(looking_);
    look();
    return mapped_ ? path_ : std::string();
}

std::string IndexFile::problem() {
    const std::scoped_lock lock(looking_);
    look();
    return problem_;
}

void IndexFile::note_damage() {
    const std::scoped_lock lock(looking_);
    if (problem_.empty()) problem_ = "damaged";
}

void IndexFile::look_again() {
    const std::scoped_lock lock(looking_);
    if (mapped_) return;
    looked_ = false;
    problem_.clear();
    ++generation_;
}

}  // namespace symline::symbolize
