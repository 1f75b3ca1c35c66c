#include "process/modules/link_map.h"

#include <unordered_set>

namespace symline::process {
namespace {

constexpr std::uint64_t kDebugTag = 21;  // DT_DEBUG
/// DT_MIPS_RLD_MAP and DT_MIPS_RLD_MAP_REL: where the address of r_debug lies, as an address and as
/// a distance from the entry. MIPS has a dynamic section that is not written.
constexpr std::uint64_t kMipsMapTag = 0x7000'0016;
constexpr std::uint64_t kMipsRelativeMapTag = 0x7000'0035;
constexpr std::size_t kMaxEntries = 4096;
constexpr std::size_t kMaxFiles = std::size_t{1} << 16;
/// Of all names together: entries of a crafted core may share one of 4 KB.
constexpr std::size_t kMaxNames = std::size_t{8} << 20;

/// The address of r_debug; 0 where the section does not lead to one.
std::uint64_t find_debug(const Memory& memory, WordFormat format, std::uint64_t dynamic) {
    std::uint64_t pointer = 0;
    for (std::size_t i = 0; i < kMaxEntries; ++i) {
        const auto at = dynamic + i * 2 * format.size;
        const auto tag = read_word(memory, format, at);
        const auto value = read_word(memory, format, at + format.size);
        if (!tag || !value || *tag == 0) break;
        if (*tag == kDebugTag && *value != 0) return *value;
        if (*tag == kMipsMapTag && pointer == 0) pointer = *value;
        if (*tag == kMipsRelativeMapTag) pointer = at + *value;
    }
    if (pointer == 0) return 0;
    const std::uint64_t space = format.size == 4 ? 0xffff'ffff : ~std::uint64_t{0};
    return read_word(memory, format, pointer & space).value_or(0);
}

}  // namespace

std::vector<LinkedFile> read_link_map(const Memory& memory, WordFormat format,
                                      const LoadedElf& program) {
    std::vector<LinkedFile> files;
    const LoadedSegment* dynamic = program.segment(elf::kSegmentDynamic);
    if (dynamic == nullptr) return files;
    const auto debug = find_debug(memory, format, dynamic->address + program.bias);
    if (debug == 0) return files;
    // struct r_debug: int r_version, then, aligned, struct link_map *r_map.
    auto next = read_word(memory, format, debug + format.size);
    std::unordered_set<std::uint64_t> seen;
    std::size_t names = 0;
    while (next && *next != 0 && files.size() < kMaxFiles && names < kMaxNames &&
           seen.insert(*next).second) {
        const auto bias = read_word(memory, format, *next);
        const auto name = read_word(memory, format, *next + format.size);
        const auto dynamic_section = read_word(memory, format, *next + 2ULL * format.size);
        if (!bias || !name || !dynamic_section) break;
        files.push_back({*bias, *dynamic_section, read_string(memory, *name)});
        names += files.back().path.size();
        next = read_word(memory, format, *next + 3ULL * format.size);
    }
    return files;
}

}  // namespace symline::process
