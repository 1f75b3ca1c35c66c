#include "find/finder_list.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/mapped_file.h"
#include "base/text.h"
#include "find/candidate_check.h"
#include "find/kernel_image.h"
#include "find/kernel_names.h"

namespace symline::find {
namespace {

bool same_file(const std::string& a, const std::string& b) {
    std::error_code failure;
    return std::filesystem::equivalent(a, b, failure) && !failure;
}

/// The question as text; empty when the answer depends on more than the text can hold.
std::string key_of(const WantedFile& wanted) {
    if (!wanted.build_id && (wanted.file != nullptr || wanted.kernel_name.empty())) return {};
    std::string key(wanted.content == FileContent::debug ? "d " : "c ");
    if (wanted.build_id) key += wanted.build_id->hex();
    base::append(key, {"\n", wanted.kernel_name, "\n", wanted.kernel_release, "\n",
                       wanted.installed_path, "\n"});
    // Where a file lies adds places to its debug link.
    if (!wanted.debug_link.empty()) key += wanted.file_path;
    return key;
}

/// Adds one place to an answer.
class Note {
public:
    Note(FoundFile& answer, const ListedFinder& finder) : answer_(answer), finder_(finder) {}

    void operator()(std::string place, TriedOutcome outcome, std::string detail = {}) const {
        answer_.tried.push_back({std::move(place), finder_.kind(), outcome, std::move(detail),
                                 std::string(finder_.name())});
    }
    void refused(std::string place, Error error) const {
        (*this)(std::move(place), TriedOutcome::refused, error.message);
        answer_.refused.push_back(std::move(error));
    }

private:
    FoundFile& answer_;
    const ListedFinder& finder_;
};

/// RISC-V and arm64 install their Image as /boot/vmlinux-RELEASE, where others have an ELF file.
bool holds_image(const std::string& path) {
    const auto file = base::MappedFile::open(path);
    return file && is_kernel_image(file->bytes());
}

/// The candidate, if it is the one.
std::optional<elf::ElfFile> open_candidate(const WantedFile& wanted, const std::string& path,
                                           FoundBy finder, const Note& note) {
    if (wanted.file != nullptr && same_file(path, wanted.file->path())) {
        note(path, TriedOutcome::file_itself);
        return std::nullopt;
    }
    auto file = elf::ElfFile::open(path);
    if (!file) {
        if (file.error().code == ErrorCode::not_found) {
            note(path, TriedOutcome::not_found);
        } else if (file.error().code == ErrorCode::not_elf && holds_image(path)) {
            note(path, TriedOutcome::refused, "a kernel image, which holds no debug information");
        } else {
            note.refused(path, std::move(file.error()));
        }
        return std::nullopt;
    }
    if (auto refusal = check(*file, wanted, finder)) {
        if (refusal->expected) {
            note(path, TriedOutcome::refused, std::move(refusal->error.message));
        } else {
            note.refused(path, std::move(refusal->error));
        }
        return std::nullopt;
    }
    note(path, TriedOutcome::used);
    return std::move(*file);
}

}  // namespace

std::string WantedFile::release() const {
    return kernel_release.empty() && file != nullptr ? find::kernel_release(*file) : kernel_release;
}

bool FinderList::ask(ListedFinder& finder, const WantedFile& wanted, FoundFile& answer) {
    const Note note(answer, finder);
    FileCandidates candidates = finder.candidates(wanted);
    for (auto& [place, said] : candidates.asked) {
        note(std::move(place), TriedOutcome::no_file, std::move(said));
    }
    for (Error& problem : candidates.problems) {
        std::string place = problem.file;
        note.refused(std::move(place), std::move(problem));
    }
    for (const std::string& path : candidates.paths) {
        answer.file = open_candidate(wanted, path, finder.kind(), note);
        if (!answer.file) continue;
        answer.found_by = finder.kind();
        answer.finder = finder.name();
        return true;
    }
    return false;
}

FoundFile FinderList::ask(const WantedFile& wanted) {
    FoundFile answer;
    for (const auto& finder : finders_) {
        if (ask(*finder, wanted, answer)) break;
    }
    return answer;
}

FoundFile FinderList::find(const WantedFile& wanted) {
    const std::scoped_lock lock(mutex_);
    const std::string key = key_of(wanted);
    const auto known = key.empty() ? known_.end() : known_.find(key);
    if (known != known_.end()) {
        FoundFile again;
        if (known->second.path.empty()) return again;
        if (auto file = elf::ElfFile::open(known->second.path)) {
            again.file = std::move(*file);
            again.found_by = known->second.found_by;
            again.finder = known->second.finder;
            return again;
        }
    }
    FoundFile answer = ask(wanted);
    if (!key.empty()) {
        known_[key] = {answer.file ? answer.file->path() : std::string(), answer.found_by,
                       answer.finder};
    }
    return answer;
}

bool FinderList::on_disk(const WantedFile& wanted) {
    const std::scoped_lock lock(mutex_);
    FoundFile answer;
    return std::ranges::any_of(finders_, [&](const auto& finder) {
        return !finder->remote() && ask(*finder, wanted, answer);
    });
}

WantedFile debug_file_of(const elf::ElfFile& file) {
    WantedFile wanted;
    wanted.file = &file;
    wanted.file_path = file.path();
    wanted.build_id = file.build_id();
    if (const auto link = file.debug_link()) {
        wanted.debug_link = link->file_name;
        wanted.debug_link_crc = link->crc;
    }
    wanted.kernel_name = kernel_name(file);
    return wanted;
}

}  // namespace symline::find
