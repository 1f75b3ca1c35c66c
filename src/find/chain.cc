#include "find/chain.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "elf/compression.h"
#include "find/debuginfod/debuginfod_finder.h"
#include "find/disk_finders.h"
#include "find/kernel_names.h"
#include "find/package/package_finder.h"

namespace symline::find {
namespace {

bool same_file(const std::string& a, const std::string& b) {
    std::error_code failure;
    return std::filesystem::equivalent(a, b, failure) && !failure;
}

Error mismatch(const elf::ElfFile& candidate, std::string message) {
    return {ErrorCode::mismatch, candidate.path(), std::move(message)};
}

bool has_debug_information(const elf::ElfFile& file) {
    constexpr std::string_view names[] = {".debug_info", ".debug_line", ".debug_str"};
    return std::ranges::any_of(names, [&](auto name) { return file.debug_section(name); });
}

bool has_code(const elf::ElfFile& file) {
    constexpr std::uint32_t nobits = 8;
    return std::ranges::any_of(file.sections(), [](const Section& section) {
        return section.allocated() && section.executable() && section.type != nobits;
    });
}

/// Whether the code sections of both are in the same places.
bool same_code(const elf::ElfFile& a, const elf::ElfFile& b) {
    return std::ranges::all_of(a.sections(), [&](const Section& section) {
        if (!section.allocated() || !section.executable()) return true;
        const Section* other = b.section(section.name);
        return other != nullptr && other->size == section.size &&
               (a.relocatable() || other->address == section.address);
    });
}

std::optional<Error> of_another_kernel(const Wanted& wanted, const elf::ElfFile& candidate) {
    const auto name = kernel_name(candidate);
    if (name != wanted.kernel_name) {
        return mismatch(candidate, "is not of " + wanted.kernel_name);
    }
    const auto release = kernel_release(candidate);
    if (!release.empty() && !wanted.kernel_release.empty() && release != wanted.kernel_release) {
        return mismatch(candidate,
                        "is of kernel " + release + " instead of " + wanted.kernel_release);
    }
    return std::nullopt;
}

/// Why `candidate` does not belong to what is wanted; nothing when it does.
std::optional<Error> refusal(const Wanted& wanted, const elf::ElfFile& candidate,
                             const FileFinder& finder) {
    if (wanted.build_id) {
        const auto id = candidate.build_id();
        if (id == wanted.build_id) return std::nullopt;
        return mismatch(candidate, "build id " + (id ? id->hex() : std::string("(none)")) +
                                       " instead of " + wanted.build_id->hex());
    }
    if (wanted.file == nullptr) {
        // The layouts' own paths say which kernel a file is of.
        if (wanted.kernel_name.empty() || finder.kind() != FoundBy::explicit_path)
            return std::nullopt;
        return of_another_kernel(wanted, candidate);
    }
    const elf::ElfFile& file = *wanted.file;
    if (wanted.debug_link && elf::debug_link_crc(candidate.image()) != wanted.debug_link->crc) {
        return mismatch(candidate, "CRC differs from the debug link's");
    }
    if (candidate.machine() != file.machine() || candidate.is64() != file.is64()) {
        return mismatch(candidate, "is for another machine");
    }
    if (!wanted.debug_link && !same_code(file, candidate)) {
        return mismatch(candidate, "its code sections differ");
    }
    return std::nullopt;
}

std::optional<Error> without_content(const Wanted& wanted, const elf::ElfFile& candidate) {
    if (wanted.content == Content::debug && !has_debug_information(candidate)) {
        return mismatch(candidate, "holds no debug information");
    }
    if (wanted.content == Content::code && !has_code(candidate)) {
        return mismatch(candidate, "holds no code");
    }
    return std::nullopt;
}

/// The question as text; empty when its answer depends on more than can be written down.
std::string key_of(const Wanted& wanted) {
    if (!wanted.build_id && (wanted.file != nullptr || wanted.kernel_name.empty())) return {};
    const char content = wanted.content == Content::debug ? 'd' : 'c';
    std::string key{content, ' '};
    if (wanted.build_id) key += wanted.build_id->hex();
    ((((key += '\n') += wanted.kernel_name) += '\n') += wanted.kernel_release) += '\n';
    key += wanted.installed_path + '\n';
    // Where a file lies adds places to its debug link.
    if (wanted.debug_link && wanted.file != nullptr) key += wanted.file->path();
    return key;
}

/// One candidate. Fills in search.file when it is the one.
void try_candidate(const Wanted& wanted, const std::string& path, const FileFinder& finder,
                   Search& search) {
    const auto note = [&](std::string outcome) {
        search.tried.push_back({path, finder.kind(), std::move(outcome)});
    };
    if (wanted.file != nullptr && same_file(path, wanted.file->path())) {
        return note("the file itself");
    }
    auto file = elf::ElfFile::open(path);
    if (!file && file.error().code == ErrorCode::not_found) return note("no such file");
    std::optional<Error> reason;
    bool silent = false;
    if (!file) {
        reason = std::move(file.error());
    } else if (auto wrong = refusal(wanted, *file, finder)) {
        reason = std::move(wrong);
    } else if (auto lacking = without_content(wanted, *file)) {
        // Stripped kernels and modules lie where others keep those with debug information.
        silent = wanted.file == nullptr;
        reason = std::move(lacking);
    }
    note(reason ? reason->message : "used");
    if (!reason) {
        search.file = std::move(*file);
    } else if (!silent) {
        search.refused.push_back(std::move(*reason));
    }
}

}  // namespace

bool Chain::ask(FileFinder& finder, const Wanted& wanted, Search& search) {
    auto candidates = finder.candidates(wanted);
    for (auto& [place, outcome] : candidates.asked) {
        search.tried.push_back({std::move(place), finder.kind(), std::move(outcome)});
    }
    for (Error& problem : candidates.problems) {
        search.tried.push_back({problem.file, finder.kind(), problem.message});
        search.refused.push_back(std::move(problem));
    }
    for (const std::string& path : candidates.paths) {
        try_candidate(wanted, path, finder, search);
        if (!search.file) continue;
        search.found_by = finder.kind();
        return true;
    }
    return false;
}

Search Chain::ask(const Wanted& wanted) {
    Search search;
    for (const auto& finder : finders_) {
        if (ask(*finder, wanted, search)) break;
    }
    return search;
}

Search Chain::find(const Wanted& wanted) {
    const std::scoped_lock lock(mutex_);
    const std::string key = key_of(wanted);
    const auto known = key.empty() ? known_.end() : known_.find(key);
    if (known != known_.end()) {
        Search again;
        if (known->second.path.empty()) return again;
        if (auto file = elf::ElfFile::open(known->second.path)) {
            again.file = std::move(*file);
            again.found_by = known->second.found_by;
            return again;
        }
    }
    Search search = ask(wanted);
    if (!key.empty()) {
        known_[key] = {search.file ? search.file->path() : std::string(), search.found_by};
    }
    return search;
}

bool Chain::on_disk(const Wanted& wanted) {
    const std::scoped_lock lock(mutex_);
    Search search;
    return std::ranges::any_of(finders_, [&](const auto& finder) {
        return !finder->remote() && ask(*finder, wanted, search);
    });
}

Wanted debug_file_of(const elf::ElfFile& file) {
    Wanted wanted;
    wanted.file = &file;
    wanted.build_id = file.build_id();
    wanted.debug_link = file.debug_link();
    wanted.kernel_name = kernel_name(file);
    return wanted;
}

std::vector<std::unique_ptr<FileFinder>> finders_for(const DebugFileOptions& options,
                                                     std::shared_ptr<Debuginfod> debuginfod) {
    const auto& directories = options.debug_directories;
    std::vector<std::unique_ptr<FileFinder>> finders;
    if (!options.debug_files.empty()) finders.push_back(explicit_files(options.debug_files));
    finders.push_back(build_id_tree(directories, options.sysroot));
    finders.push_back(debug_link_finder(directories, options.sysroot));
    finders.push_back(kernel_layouts(directories, options.sysroot));
    if (!options.packages.empty()) {
        finders.push_back(package_finder(options.packages, options.package_cache));
    }
    if (debuginfod != nullptr) finders.push_back(debuginfod_finder(std::move(debuginfod)));
    return finders;
}

}  // namespace symline::find
