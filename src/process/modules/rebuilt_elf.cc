#include "process/modules/rebuilt_elf.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace symline::process {
namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kHeader = 64;  // of a 64-bit file; no file is smaller
constexpr std::size_t kMaxDynamicEntries = 4096;
constexpr std::uint64_t kMaxSymbols = std::uint64_t{1} << 22;
constexpr std::size_t kMaxSections = 64;

// Tags of the dynamic section, types and flags of sections: gABI, chapters 4 and 5.
enum Tag : std::uint64_t { kHash = 4, kStrings = 5, kSymbols = 6, kStringBytes = 10 };
constexpr std::uint64_t kGnuHash = 0x6ffffef5;
enum Type : std::uint32_t { kContents = 1, kStringTable = 3, kDynamicSymbols = 11 };
constexpr std::uint64_t kAllocated = 2;
constexpr std::uint64_t kCode = 4;

struct Section {
    std::string_view name{};
    std::uint32_t type = kContents;
    std::uint64_t flags = kAllocated;
    std::uint64_t address = 0;  ///< in the file's address space
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint32_t link = 0;
    std::uint32_t info = 0;
    std::uint64_t entry_size = 0;
};

class Rebuilder {
public:
    Rebuilder(const Memory& memory, WordFormat format, const LoadedElf& file)
        : memory_(memory), format_(format), file_(file) {}

    std::vector<std::uint8_t> image() {
        std::uint64_t size = 0;
        for (const auto& each : file_.segments) {
            if (each.type != elf::kSegmentLoad) continue;
            if (each.offset > kMaxRebuilt || each.file_size > kMaxRebuilt) return {};
            size = std::max(size, each.offset + each.file_size);
        }
        if (size > kMaxRebuilt || size < kHeader) return {};
        image_.resize(size);
        for (const auto& each : file_.segments) {
            if (each.type == elf::kSegmentLoad) copy(each);
        }
        if (!has_code_) return {};
        add_code();
        add_symbols();
        write_sections();
        return std::move(image_);
    }

private:
    bool wide() const { return format_.size == 8; }
    std::uint64_t symbol_size() const { return wide() ? 24 : 16; }

    void copy(const LoadedSegment& segment) {
        for (std::uint64_t done = 0; done < segment.file_size;) {
            const auto address = segment.address + file_.bias + done;
            const auto size = std::min(segment.file_size - done, kPage - address % kPage);
            const bool read =
                memory_.read(address, std::span(image_).subspan(segment.offset + done, size));
            has_code_ = has_code_ || (read && (segment.flags & elf::kSegmentExecutable) != 0);
            done += size;
        }
    }

    void add_code() {
        for (const auto& each : file_.segments) {
            if (each.type != elf::kSegmentLoad || (each.flags & elf::kSegmentExecutable) == 0 ||
                sections_.size() == kMaxSections) {
                continue;
            }
            sections_.push_back({.name = ".text",
                                 .flags = kAllocated | kCode,
                                 .address = each.address,
                                 .offset = each.offset,
                                 .size = each.file_size});
        }
    }

    std::optional<std::uint64_t> offset_of(std::uint64_t address) const {
        for (const auto& each : file_.segments) {
            if (each.type == elf::kSegmentLoad && address >= each.address &&
                address - each.address < each.file_size) {
                return each.offset + (address - each.address);
            }
        }
        return std::nullopt;
    }

    /// An address of the dynamic section, which some dynamic linkers relocate in place.
    std::uint64_t unrelocated(std::uint64_t address) const {
        if (!offset_of(address) && offset_of(address - file_.bias)) return address - file_.bias;
        return address;
    }

    std::uint64_t dynamic(std::uint64_t tag) const {
        const LoadedSegment* table = file_.segment(elf::kSegmentDynamic);
        if (table == nullptr) return 0;
        for (std::size_t i = 0; i < kMaxDynamicEntries; ++i) {
            const auto at = table->address + file_.bias + i * 2 * format_.size;
            const auto found = read_word(memory_, format_, at);
            const auto value = read_word(memory_, format_, at + format_.size);
            if (!found || !value || *found == 0) return 0;
            if (*found == tag) return *value;
        }
        return 0;
    }

    std::uint32_t word_at(std::uint64_t offset) const {
        return base::Cursor(image_, format_.big_endian, offset).u32();
    }

    /// The symbols are as many as the table for finding them by name says.
    std::uint64_t symbol_count() const {
        const auto table = offset_of(unrelocated(dynamic(kGnuHash)));
        if (!table) {
            const auto chains = offset_of(unrelocated(dynamic(kHash)));
            return chains ? word_at(*chains + 4) : 0;
        }
        const std::uint64_t buckets = word_at(*table);
        const std::uint64_t first = word_at(*table + 4);
        const std::uint64_t bloom = word_at(*table + 8);
        const auto bucket_table = *table + 16 + bloom * format_.size;
        const auto chain_table = bucket_table + 4 * buckets;
        if (chain_table > image_.size()) return 0;
        std::uint64_t last = 0;
        for (std::uint64_t i = 0; i < buckets; ++i) {
            last = std::max<std::uint64_t>(last, word_at(bucket_table + 4 * i));
        }
        if (last < first) return first;
        // The last of a chain has an odd hash.
        while (chain_table + 4 * (last - first) < image_.size() &&
               (word_at(chain_table + 4 * (last - first)) & 1) == 0) {
            ++last;
        }
        return last + 1;
    }

    void add_symbols() {
        const auto symbols = unrelocated(dynamic(kSymbols));
        const auto strings = unrelocated(dynamic(kStrings));
        const auto at = offset_of(symbols);
        const auto strings_at = offset_of(strings);
        if (!at || !strings_at) return;
        const auto count =
            std::min({symbol_count(), kMaxSymbols, (image_.size() - *at) / symbol_size()});
        const auto bytes = std::min(dynamic(kStringBytes), image_.size() - *strings_at);
        const auto string_section = static_cast<std::uint32_t>(sections_.size() + 2);
        sections_.push_back({.name = ".dynsym",
                             .type = kDynamicSymbols,
                             .address = symbols,
                             .offset = *at,
                             .size = count * symbol_size(),
                             .link = string_section,
                             .info = 1,
                             .entry_size = symbol_size()});
        sections_.push_back({.name = ".dynstr",
                             .type = kStringTable,
                             .address = strings,
                             .offset = *strings_at,
                             .size = bytes});
        for (std::uint64_t i = 0; i < count; ++i) renumber_section(*at + i * symbol_size());
    }

    /// The number of a symbol's section is that of a section which is not loaded.
    void renumber_section(std::uint64_t symbol) {
        const auto at = symbol + (wide() ? 6 : 14);
        const auto value =
            base::Cursor(image_, format_.big_endian, symbol + (wide() ? 8 : 4)).word(format_.size);
        const auto number = base::Cursor(image_, format_.big_endian, at).u16();
        constexpr std::uint16_t kReserved = 0xff00;
        if (number == 0 || number >= kReserved) return;
        for (std::size_t i = 0; i < sections_.size(); ++i) {
            const Section& each = sections_[i];
            if ((each.flags & kCode) != 0 && value - each.address < each.size) {
                return put(at, i + 1, 2);
            }
        }
        put(at, kAbsolute, 2);
    }

    void put(std::uint64_t at, std::uint64_t value, unsigned size) {
        for (unsigned i = 0; i < size; ++i) {
            const unsigned shift = 8 * (format_.big_endian ? size - 1 - i : i);
            image_[at + i] = static_cast<std::uint8_t>(value >> shift);
        }
    }
    void append(std::uint64_t value, unsigned size) {
        image_.resize(image_.size() + size);
        put(image_.size() - size, value, size);
    }
    std::uint32_t append_name(std::string_view name) {
        const auto at = image_.size() - names_;
        image_.insert(image_.end(), name.begin(), name.end());
        image_.push_back(0);
        return static_cast<std::uint32_t>(at);
    }

    void write_sections() {
        names_ = image_.size();
        image_.push_back(0);
        std::vector<std::uint32_t> names;
        names.reserve(sections_.size() + 1);
        for (const Section& each : sections_) names.push_back(append_name(each.name));
        names.push_back(append_name(".shstrtab"));
        sections_.push_back({.name = ".shstrtab",
                             .type = kStringTable,
                             .flags = 0,
                             .offset = names_,
                             .size = image_.size() - names_});
        image_.resize((image_.size() + 7) / 8 * 8);
        const auto table = image_.size();
        write_section({.type = 0, .flags = 0}, 0);
        for (std::size_t i = 0; i < sections_.size(); ++i) write_section(sections_[i], names[i]);
        put(wide() ? 40 : 32, table, format_.size);
        put(wide() ? 58 : 46, wide() ? 64 : 40, 2);
        put(wide() ? 60 : 48, sections_.size() + 1, 2);
        put(wide() ? 62 : 50, sections_.size(), 2);
    }

    void write_section(const Section& section, std::uint32_t name) {
        append(name, 4);
        append(section.type, 4);
        append(section.flags, format_.size);
        append(section.address, format_.size);
        append(section.offset, format_.size);
        append(section.size, format_.size);
        append(section.link, 4);
        append(section.info, 4);
        append(section.type == 0 ? 0 : 1, format_.size);
        append(section.entry_size, format_.size);
    }

    static constexpr std::uint64_t kAbsolute = 0xfff1;  // SHN_ABS

    const Memory& memory_;
    WordFormat format_;
    const LoadedElf& file_;
    std::vector<std::uint8_t> image_;
    std::vector<Section> sections_;
    std::size_t names_ = 0;
    bool has_code_ = false;
};

}  // namespace

std::vector<std::uint8_t> rebuild_elf(const Memory& memory, WordFormat format,
                                      std::uint64_t header) {
    const auto file = read_loaded_elf(memory, format, header);
    if (!file) return {};
    return Rebuilder(memory, format, *file).image();
}

}  // namespace symline::process
