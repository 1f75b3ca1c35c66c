#include "process/modules/file_comparison.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "elf/constants.h"

namespace symline::process {
namespace {

constexpr std::uint64_t kPage = 4096;
/// Of one file: 1 MB tells a program apart as well as 1 GB does.
constexpr std::uint64_t kMaxPages = 256;
/// What debuggers (breakpoints) and tracers (jumps in place of calls) patch in a page.
constexpr std::size_t kPatched = 64;
/// Bytes around an address, and how many of them may be patched: of random bytes, and of other
/// code, most differ.
constexpr std::uint64_t kAround = 64;
constexpr std::size_t kPatchedAround = 16;

// Dynamic section, gABI, chapter 5: code that the dynamic linker has relocated.
constexpr std::uint64_t kTextRelocations = 22;  // DT_TEXTREL
constexpr std::uint64_t kFlags = 30;            // DT_FLAGS
constexpr std::uint64_t kFlagTextRelocations = 4;

using Page = std::array<std::uint8_t, kPage>;

std::size_t differences(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < a.size(); ++i) count += a[i] != b[i] ? 1 : 0;
    return count;
}

bool all_zero(std::span<const std::uint8_t> bytes) {
    return std::ranges::all_of(bytes, [](std::uint8_t each) { return each == 0; });
}

bool has_text_relocations(const elf::ElfFile& file, std::span<const elf::Segment> segments) {
    const auto dynamic =
        std::ranges::find(segments, elf::kSegmentDynamic, [](const auto& e) { return e.type; });
    if (dynamic == segments.end()) return false;
    base::Cursor entries(file.image(), file.big_endian(), dynamic->offset);
    const unsigned word = file.address_size();
    for (auto left = dynamic->file_size / (std::uint64_t{2} * word); left != 0 && entries.ok();
         --left) {
        const auto tag = entries.word(word);
        const auto value = entries.word(word);
        if (tag == 0) return false;
        if (tag == kTextRelocations || (tag == kFlags && (value & kFlagTextRelocations) != 0)) {
            return true;
        }
    }
    return false;
}

class Comparer {
public:
    Comparer(const elf::ElfFile& file, LoadBias bias, const ReadMemory& read)
        : file_(file), bias_(bias), read_(read) {}

    FileComparison compare() {
        const auto segments = file_.segments();
        if (!segments) return {};
        relocated_ = has_text_relocations(file_, *segments);
        std::uint64_t pages = 0;
        for (const auto& each : *segments) pages += is_fixed(each) ? pages_of(each) : 0;
        const auto step = std::max<std::uint64_t>(1, (pages + kMaxPages - 1) / kMaxPages);
        for (const auto& each : *segments) {
            if (!is_fixed(each)) continue;
            for (std::uint64_t at = 0; at < pages_of(each) && tried_ < 2 * kMaxPages; at += step) {
                compare(each, at);
            }
        }
        return found_;
    }

private:
    /// Nothing may have written to it since it was mapped.
    bool is_fixed(const elf::Segment& segment) const {
        const auto size = file_.image().size();
        return segment.type == elf::kSegmentLoad && (segment.flags & elf::kSegmentWritable) == 0 &&
               segment.offset <= size && segment.file_size <= size - segment.offset;
    }
    static std::uint64_t pages_of(const elf::Segment& segment) {
        return (segment.address.value % kPage + segment.file_size + kPage - 1) / kPage;
    }

    /// A page of memory may hold less of the segment than its size.
    void compare(const elf::Segment& segment, std::uint64_t page) {
        ++tried_;
        const auto before = segment.address.value % kPage;
        const auto begin = page == 0 ? 0 : page * kPage - before;
        const auto end = std::min(segment.file_size, (page + 1) * kPage - before);
        const auto wanted = file_.image().subspan(segment.offset + begin, end - begin);
        const auto there = std::span(page_).first(wanted.size());
        if (!read_({segment.address.value + begin + bias_.value}, there)) return;
        // What the kernel could not read when it wrote a core is zero.
        if (all_zero(there)) return;
        const bool headers = segment.offset + begin == 0;
        if (!headers && relocated_) return;
        ++found_.pages;
        if (found_.differs_at || differences(wanted, there) <= (headers ? 0 : kPatched)) return;
        const auto different = std::ranges::mismatch(wanted, there).in1 - wanted.begin();
        found_.differs_at = segment.offset + begin + static_cast<std::uint64_t>(different);
    }

    const elf::ElfFile& file_;
    LoadBias bias_;
    const ReadMemory& read_;
    bool relocated_ = false;
    std::uint64_t tried_ = 0;  ///< pages; a file may have any number of segments
    Page page_{};
    FileComparison found_;
};

}  // namespace

FileComparison compare_with_memory(const elf::ElfFile& file, LoadBias bias,
                                   const ReadMemory& read) {
    return Comparer(file, bias, read).compare();
}

bool is_code_of(const Module& module, FileAddress place, RuntimeAddress address,
                const ReadMemory& read) {
    const auto section = module.sections().offset_of(place);
    if (!section) return true;
    // Neither side crosses into another page, which may not be there.
    const auto before = std::min({kAround, address.value % kPage, section->offset});
    const auto after = std::min(kAround, kPage - address.value % kPage);
    std::array<std::uint8_t, 2 * kAround> room{};
    const auto wanted = module.sections().contents_at({place.value - before}, before + after);
    const auto there = std::span(room).first(wanted.size());
    if (wanted.empty() || !read({address.value - before}, there)) return true;
    return differences(wanted, there) <= kPatchedAround;
}

}  // namespace symline::process
