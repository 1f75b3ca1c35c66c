#include "symbolize/index_origin.h"

#include <elf.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <system_error>

#include "base/regular_file.h"
#include "gsym/block_sum.h"

namespace symline::symbolize {
namespace {

/// How many bytes at each end of a section are summed up.
constexpr std::size_t kEnd = 4096;

/// FNV-1a, of words.
class Digest {
public:
    void add(std::uint64_t word) { state_ = (state_ ^ word) * 0x100000001b3; }
    void add(base::Bytes bytes) {
        for (const std::uint64_t word : gsym::wide_sum(bytes)) add(word);
    }
    /// Not 0, which says that nothing is known.
    std::uint64_t sum() const { return std::max<std::uint64_t>(state_, 1); }

private:
    std::uint64_t state_ = 0xcbf29ce484222325;
};

/// As they are in the file; empty where they are not.
base::Bytes bytes_of(const elf::ElfFile& file, const Section& section) {
    if (section.type == SHT_NOBITS) return {};
    const std::uint64_t offset = file.header(section).offset;
    const base::Bytes image = file.image();
    if (offset > image.size() || image.size() - offset < section.size) return {};
    return image.subspan(offset, section.size);
}

void add_ends(Digest& digest, base::Bytes bytes) {
    digest.add(bytes.size());
    digest.add(bytes.first(std::min(kEnd, bytes.size())));
    if (bytes.size() > kEnd) digest.add(bytes.last(std::min(kEnd, bytes.size() - kEnd)));
}

/// Of an image in memory nothing: its code may have been patched.
std::uint64_t code_sum(const elf::ElfFile& file) {
    if (file.in_memory()) return 0;
    Digest digest;
    bool any = false;
    for (const Section& section : file.sections()) {
        if (!section.allocated() || !section.executable()) continue;
        const base::Bytes bytes = bytes_of(file, section);
        if (bytes.empty()) continue;
        any = true;
        digest.add(section.address.value);
        add_ends(digest, bytes);
    }
    return any ? digest.sum() : 0;
}

std::uint64_t debug_sum(const elf::ElfFile& file) {
    Digest digest;
    bool any = false;
    for (const char* name : {".debug_info", ".debug_line", ".debug_abbrev", ".debug_str"}) {
        const Section* section = file.debug_section(name);
        if (section == nullptr) continue;
        const base::Bytes bytes = bytes_of(file, *section);
        any = any || !bytes.empty();
        add_ends(digest, bytes);
    }
    return any ? digest.sum() : 0;
}

bool differ(std::uint64_t one, std::uint64_t other) {
    return one != 0 && other != 0 && one != other;
}

/// Whether the debug file is there with other debug information than before.
bool is_debug_file_changed(const gsym::IndexOrigin& origin) {
    const std::string path(origin.debug_path);
    const auto stamp = base::stamp_of(path);
    if (!stamp || *stamp == base::FileStamp{origin.debug_size, origin.debug_changed}) return false;
    const auto file = elf::ElfFile::open(path);
    return file && differ(debug_sum(*file), origin.debug_sum);
}

}  // namespace

gsym::IndexOrigin origin_of(FileSet& files, std::string& path) {
    gsym::IndexOrigin origin;
    origin.code_sum = code_sum(files.code());
    const elf::ElfFile* debug = files.debug();
    if (debug == nullptr) return origin;
    origin.debug_sum = debug_sum(*debug);
    const elf::ElfFile* separate = files.separate();
    const auto stamp = separate == nullptr ? std::nullopt : base::stamp_of(separate->path());
    if (stamp) {
        // The next user may be in another folder.
        std::error_code failure;
        path = std::filesystem::absolute(separate->path(), failure).string();
        origin.debug_path = path;
        origin.debug_size = stamp->size;
        origin.debug_changed = stamp->changed;
    }
    return origin;
}

std::string problem_of_origin(const gsym::IndexOrigin& origin, const elf::ElfFile& code) {
    if (differ(code_sum(code), origin.code_sum)) return "made from a file with other code";
    const std::uint64_t own = debug_sum(code);
    if (differ(own, origin.debug_sum)) return "made from other debug information";
    if (own == 0 && !origin.debug_path.empty() && is_debug_file_changed(origin)) {
        return "its debug file has changed since it was made";
    }
    return {};
}

}  // namespace symline::symbolize
