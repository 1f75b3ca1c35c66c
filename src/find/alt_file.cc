#include "find/alt_file.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/bytes.h"
#include "find/candidate_check.h"

namespace symline::find {
namespace {

namespace fs = std::filesystem;

/// In DWARF 5 a supplementary file also names itself: `is_supplementary` tells the two apart.
struct DebugSup {
    bool is_supplementary = false;
    AltLink link;
};

constexpr std::size_t kMaxIdSize = 64;

/// DWARF 5 section 7.3.6.
std::optional<DebugSup> read_debug_sup(const elf::ElfFile& file) {
    const Section* section = file.debug_section(".debug_sup");
    if (section == nullptr) return std::nullopt;
    const auto bytes = file.contents(*section);
    if (!bytes) return std::nullopt;
    base::Cursor cursor(*bytes, file.big_endian());
    const unsigned version = cursor.u16();
    DebugSup sup;
    sup.is_supplementary = cursor.u8() != 0;
    sup.link.file_name = cursor.string();
    const std::uint64_t size = cursor.uleb();
    if (!cursor.ok() || version < 2 || version > 5) return std::nullopt;
    if (size == 0 || size > std::min<std::uint64_t>(cursor.remaining(), kMaxIdSize)) {
        return std::nullopt;
    }
    sup.link.id = BuildId(std::as_bytes(bytes->subspan(cursor.offset(), size)));
    return sup;
}

/// .gnu_debugaltlink: a name, then the build id, up to the end of the section.
std::optional<AltLink> read_gnu_link(const elf::ElfFile& file) {
    const Section* section = file.section(".gnu_debugaltlink");
    if (section == nullptr) return std::nullopt;
    const auto bytes = file.contents(*section);
    if (!bytes) return std::nullopt;
    const std::string_view name = base::string_at(*bytes, 0);
    const auto id = base::tail(*bytes, name.size() + 1);
    if (name.empty() || id.empty() || id.size() > kMaxIdSize) return std::nullopt;
    return AltLink{name, BuildId(std::as_bytes(id))};
}

void add_new(std::vector<std::string>& paths, std::string path) {
    if (std::ranges::find(paths, path) == paths.end()) paths.push_back(std::move(path));
}

/// The folder of the target of the symbolic link `path`; nothing when it is the folder of `path`.
std::optional<fs::path> real_folder(const fs::path& path) {
    std::error_code failure;
    const fs::path real = fs::canonical(path, failure);
    if (failure) return std::nullopt;
    const fs::path folder = path.parent_path().empty() ? fs::path(".") : path.parent_path();
    if (fs::equivalent(real.parent_path(), folder, failure) || failure) return std::nullopt;
    return real.parent_path();
}

/// What follows the last "/.dwz/" of a name, or a ".dwz/" at its start.
std::string_view below_dwz(std::string_view name) {
    constexpr std::string_view kFolder = ".dwz/";
    const auto at = name.rfind(kFolder);
    if (at == std::string_view::npos || (at > 0 && name[at - 1] != '/')) return {};
    return name.substr(at + kFolder.size());
}

}  // namespace

std::optional<AltLink> alt_link(const elf::ElfFile& file) {
    if (auto link = read_gnu_link(file)) return link;
    auto sup = read_debug_sup(file);
    if (!sup || sup->is_supplementary || sup->link.file_name.empty()) return std::nullopt;
    return sup->link;
}

std::vector<std::string> alt_file_places(const elf::ElfFile& file, const AltLink& link,
                                         const std::vector<std::string>& directories) {
    std::vector<std::string> paths;
    const fs::path name(link.file_name);
    if (name.is_absolute()) {
        paths.push_back(name.string());
    } else {
        // dwz writes the name relative to the file itself, and what was opened may be a link to it.
        const fs::path path(file.path());
        if (const auto real = real_folder(path)) paths.push_back((*real / name).string());
        add_new(paths, (path.parent_path() / name).string());
    }
    const std::string hex = link.id.hex();
    for (const std::string& directory : directories) {
        const std::string_view below = below_dwz(link.file_name);
        if (!below.empty()) add_new(paths, directory + "/.dwz/" + std::string(below));
    }
    if (hex.size() < 4) return paths;
    for (const std::string& directory : directories) {
        add_new(paths,
                directory + "/.build-id/" + hex.substr(0, 2) + "/" + hex.substr(2) + ".debug");
    }
    return paths;
}

std::optional<Error> alt_file_refusal(const AltLink& link, const elf::ElfFile& candidate) {
    const auto sup = read_debug_sup(candidate);
    if (sup && sup->is_supplementary && sup->link.id == link.id) return std::nullopt;
    const auto id = candidate.build_id();
    if (id != link.id) {
        return Error{ErrorCode::mismatch, candidate.path(), build_id_mismatch(id, link.id)};
    }
    if (candidate.debug_section(".debug_info") == nullptr &&
        candidate.debug_section(".debug_str") == nullptr) {
        return Error{ErrorCode::mismatch, candidate.path(), "holds no debug information"};
    }
    return std::nullopt;
}

AltFileSearch find_alt_file(const elf::ElfFile& file, const AltLink& link,
                            const std::vector<std::string>& directories) {
    AltFileSearch search;
    for (const std::string& path : alt_file_places(file, link, directories)) {
        auto candidate = elf::ElfFile::open(path);
        if (!candidate) {
            if (candidate.error().code != ErrorCode::not_found) {
                search.refused.push_back(std::move(candidate.error()));
            }
            continue;
        }
        if (auto reason = alt_file_refusal(link, *candidate)) {
            search.refused.push_back(std::move(*reason));
            continue;
        }
        search.found = std::move(*candidate);
        break;
    }
    return search;
}

}  // namespace symline::find
