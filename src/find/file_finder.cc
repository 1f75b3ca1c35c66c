#include "find/file_finder.h"

#include <filesystem>
#include <utility>

#include "elf/compression.h"

namespace symline::find {
namespace {

/// DIR/.build-id/xx/rest.debug (gdb manual, "Debugging Information in Separate Files").
class BuildIdTree : public FileFinder {
public:
    explicit BuildIdTree(std::vector<std::string> directories)
        : directories_(std::move(directories)) {}

    std::string_view name() const override { return "build-id tree"; }

    std::vector<std::string> candidates(const Wanted& wanted) const override {
        std::vector<std::string> paths;
        if (!wanted.build_id || wanted.build_id->bytes().size() < 2) return paths;
        const std::string hex = wanted.build_id->hex();
        for (const std::string& directory : directories_) {
            paths.push_back(directory + "/.build-id/" + hex.substr(0, 2) + "/" + hex.substr(2) +
                            ".debug");
        }
        return paths;
    }

private:
    std::vector<std::string> directories_;
};

/// .gnu_debuglink: beside the file, in .debug/ beside it, and under the debug directories.
class DebugLinkFinder : public FileFinder {
public:
    explicit DebugLinkFinder(std::vector<std::string> directories)
        : directories_(std::move(directories)) {}

    std::string_view name() const override { return "debug link"; }

    std::vector<std::string> candidates(const Wanted& wanted) const override {
        if (!wanted.debug_link) return {};
        std::error_code failure;
        const std::filesystem::path path(wanted.file->path());
        const auto real = std::filesystem::canonical(path, failure);
        const auto folder = (failure ? path : real).parent_path();
        const std::string link(wanted.debug_link->file_name);
        const std::string beside = (folder / link).string();
        std::vector<std::string> paths{beside, (folder / ".debug" / link).string()};
        for (const std::string& directory : directories_) paths.push_back(directory + beside);
        return paths;
    }

private:
    std::vector<std::string> directories_;
};

bool same_file(const std::string& a, const std::string& b) {
    std::error_code failure;
    return std::filesystem::equivalent(a, b, failure) && !failure;
}

/// Why `candidate` is not the debug file of `wanted`; nothing when it is.
std::optional<Error> refusal(const Wanted& wanted, const elf::ElfFile& candidate) {
    if (wanted.build_id) {
        const auto id = candidate.build_id();
        if (id == wanted.build_id) return std::nullopt;
        return Error{ErrorCode::mismatch, candidate.path(),
                     "build id " + (id ? id->hex() : std::string("(none)")) + " instead of " +
                         wanted.build_id->hex()};
    }
    if (wanted.debug_link && elf::debug_link_crc(candidate.image()) != wanted.debug_link->crc) {
        return Error{ErrorCode::mismatch, candidate.path(), "CRC differs from the debug link's"};
    }
    if (candidate.machine() != wanted.file->machine() || candidate.is64() != wanted.file->is64()) {
        return Error{ErrorCode::mismatch, candidate.path(), "is for another machine"};
    }
    return std::nullopt;
}

std::optional<Error> try_candidate(const Wanted& wanted, const std::string& path,
                                   std::optional<elf::ElfFile>& accepted) {
    if (same_file(path, wanted.file->path())) return std::nullopt;
    auto file = elf::ElfFile::open(path);
    if (!file) {
        if (file.error().code == ErrorCode::not_found) return std::nullopt;
        return file.error();
    }
    if (auto reason = refusal(wanted, *file)) return reason;
    if (file->debug_section(".debug_info") == nullptr &&
        file->debug_section(".debug_line") == nullptr) {
        return Error{ErrorCode::mismatch, path, "holds no debug information"};
    }
    accepted = std::move(*file);
    return std::nullopt;
}

}  // namespace

std::vector<std::unique_ptr<FileFinder>> disk_finders(const std::vector<std::string>& directories) {
    std::vector<std::unique_ptr<FileFinder>> finders;
    finders.push_back(std::make_unique<BuildIdTree>(directories));
    finders.push_back(std::make_unique<DebugLinkFinder>(directories));
    return finders;
}

Search find_debug_file(const elf::ElfFile& file,
                       const std::vector<std::unique_ptr<FileFinder>>& finders) {
    const Wanted wanted{&file, file.build_id(), file.debug_link()};
    Search search;
    for (const auto& finder : finders) {
        for (const std::string& path : finder->candidates(wanted)) {
            std::optional<elf::ElfFile> accepted;
            auto refused = try_candidate(wanted, path, accepted);
            if (refused) search.refused.push_back(std::move(*refused));
            if (!accepted) continue;
            search.found.emplace(std::move(*accepted), finder->name());
            return search;
        }
    }
    return search;
}

}  // namespace symline::find
