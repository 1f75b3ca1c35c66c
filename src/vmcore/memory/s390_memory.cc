#include "vmcore/memory/s390_memory.h"

#include <algorithm>

#include "elf/notes.h"

namespace symline::vmcore {
namespace {

constexpr unsigned kPageShift = 12, kSegmentShift = 20;
constexpr unsigned kPageBits = 8, kTableBits = 11;
/// Of entries of region and segment tables.
constexpr std::uint64_t kInvalid = 0x20, kLarge = 0x400;
/// Of entries of page tables.
constexpr std::uint64_t kInvalidPage = 0x400;
/// Of tables: pages of 1 MB or 2 GB are in these two alone.
constexpr unsigned kSegmentTable = 0, kThirdRegionTable = 1, kFirstRegionTable = 3;

/// Of the table that an entry is in, valid or not.
unsigned table_type(std::uint64_t entry) {
    return (entry >> 2) & 3;
}

constexpr std::uint64_t below(unsigned bits) {
    return (std::uint64_t{1} << bits) - 1;
}

std::uint64_t index(std::uint64_t address, unsigned shift, unsigned bits) {
    return (address >> shift) & below(bits);
}

/// Of the lowest page (struct lowcore of Linux): the address of VMCOREINFO's note.
constexpr std::uint64_t kNoteAddress = 0xe0c;
constexpr std::uint64_t kMaxNote = 8192;
/// NR_CPUS at most.
constexpr std::uint64_t kMaxCpus = 512;

/// At most kMaxNote bytes; fewer where a page is not in the dump.
std::vector<std::uint8_t> pages_from(const PhysicalMemory& physical, std::uint64_t address) {
    std::vector<std::uint8_t> bytes;
    while (bytes.size() < kMaxNote) {
        const std::uint64_t at = address + bytes.size();
        const std::size_t done = bytes.size();
        bytes.resize(done + PhysicalMemory::kPageSize - at % PhysicalMemory::kPageSize);
        if (physical.read(at, std::span(bytes).subspan(done))) continue;
        bytes.resize(done);
        break;
    }
    return bytes;
}

}  // namespace

std::optional<std::uint64_t> S390Memory::walk(std::uint64_t address) const {
    const auto first = entry(root_);
    if (!first) return std::nullopt;
    const unsigned outermost = table_type(*first);
    const unsigned end = kSegmentShift + kTableBits * (outermost + 1);
    if (outermost < kFirstRegionTable && (address >> end) != 0) return std::nullopt;
    std::uint64_t table = root_;
    for (unsigned type = outermost + 1; type-- > 0;) {
        const unsigned shift = kSegmentShift + kTableBits * type;
        const auto found = entry(table + index(address, shift, kTableBits) * 8);
        if (!found || (*found & kInvalid) != 0 || table_type(*found) != type) return std::nullopt;
        if (type <= kThirdRegionTable && (*found & kLarge) != 0) {
            return (*found & ~below(shift)) | (address & below(shift));
        }
        // Page tables take half of a page.
        table = *found & ~below(type == kSegmentTable ? kTableBits : kPageShift);
    }
    const auto page = entry(table + index(address, kPageShift, kPageBits) * 8);
    if (!page || (*page & kInvalidPage) != 0) return std::nullopt;
    return (*page & ~below(kPageShift)) | (address & below(kPageShift));
}

std::optional<std::uint64_t> s390_page_table(const Vmcoreinfo& info) {
    const auto root = info.symbol("swapper_pg_dir");
    const auto linear = info.kernel_offset();
    const auto physical = info.physical_kernel_offset();
    // Before Linux 6.10 the kernel's addresses are the physical ones.
    if (!root || !linear || !physical) return root;
    return *root - *linear + *physical;
}

Vmcoreinfo s390_vmcoreinfo(const PhysicalMemory& physical) {
    std::array<std::uint8_t, 8> pointer{};
    if (!physical.read(kNoteAddress, pointer)) return {};
    const auto address = base::load<std::uint64_t>(pointer.data(), true);
    if (address == 0) return {};
    const auto bytes = pages_from(physical, address);
    elf::NoteWalk walk(bytes, true);
    const auto note = walk.next();
    if (!note || note->name != "VMCOREINFO") return {};
    return Vmcoreinfo(
        {reinterpret_cast<const char*>(note->contents.data()), note->contents.size()});
}

std::optional<unsigned> s390_cpu_number(const KernelBytes& memory, const Vmcoreinfo& info,
                                        std::uint64_t prefix) {
    const auto pages = info.symbol("lowcore_ptr");
    const auto count = info.length("lowcore_ptr");
    if (!pages || !count) return std::nullopt;
    const std::uint64_t page = prefix + info.identity_base().value_or(0);
    for (unsigned cpu = 0; cpu < std::min(*count, kMaxCpus); ++cpu) {
        if (memory.word(*pages + std::uint64_t{cpu} * 8) == page) return cpu;
    }
    return std::nullopt;
}

}  // namespace symline::vmcore
