#include "elf/elf_file.h"

#include <llvm/BinaryFormat/ELF.h>
#include <llvm/Object/ELFTypes.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "elf/compression.h"
#include "elf/hand_placed.h"
#include "elf/joined_sections.h"
#include "elf/notes.h"

namespace symline::elf {
namespace {

namespace ELF = llvm::ELF;

constexpr std::string_view kTruncatedSections =
    "truncated: the section header table lies beyond the end of the file";

/// The record at `offset`, or null when it does not fit into the image. LLVM's ELF types have an
/// alignment of 1, so any offset will do.
template <typename Record>
const Record* record_at(base::Bytes image, std::uint64_t offset, std::uint64_t index = 0) {
    if (index > image.size() / sizeof(Record)) return nullptr;
    const std::uint64_t distance = index * sizeof(Record);
    if (offset > image.size() || image.size() - offset < distance) return nullptr;
    if (image.size() - offset - distance < sizeof(Record)) return nullptr;
    return reinterpret_cast<const Record*>(image.data() + offset + distance);
}

std::uint64_t align_up(std::uint64_t value, std::uint64_t alignment) {
    return (value + alignment - 1) / alignment * alignment;
}

}  // namespace

Error ElfFile::error(ErrorCode code, std::string message) const {
    return {code, path_, std::move(message)};
}

bool ElfFile::relocatable() const {
    return type_ == ELF::ET_REL;
}

Expected<ElfFile> ElfFile::open(std::string path) {
    auto file = base::MappedFile::open(path);
    if (!file) return std::unexpected(std::move(file.error()));
    auto parsed = parse(std::move(path), file->bytes());
    if (parsed) parsed->file_ = std::move(*file);
    return parsed;
}

Expected<ElfFile> ElfFile::from_memory(std::string name, base::Bytes image) {
    return parse(std::move(name), image);
}

Expected<ElfFile> ElfFile::parse(std::string path, base::Bytes image) {
    ElfFile file;
    file.path_ = std::move(path);
    file.image_ = image;
    const std::string_view text{reinterpret_cast<const char*>(image.data()), image.size()};
    if (text.starts_with("!<arch>\n") || text.starts_with("!<thin>\n")) {
        return std::unexpected(file.error(ErrorCode::archive, "is an archive of object files"));
    }
    if (!text.starts_with("\x7f"
                          "ELF")) {
        return std::unexpected(file.error(ErrorCode::not_elf, "not an ELF file"));
    }
    if (image.size() < ELF::EI_NIDENT) {
        return std::unexpected(file.error(ErrorCode::truncated, "truncated: no whole ELF header"));
    }
    const auto word_size = image[ELF::EI_CLASS];
    const auto order = image[ELF::EI_DATA];
    if (word_size != ELF::ELFCLASS32 && word_size != ELF::ELFCLASS64) {
        return std::unexpected(
            file.error(ErrorCode::malformed, "unknown ELF class " + std::to_string(word_size)));
    }
    if (order != ELF::ELFDATA2LSB && order != ELF::ELFDATA2MSB) {
        return std::unexpected(
            file.error(ErrorCode::malformed, "unknown ELF byte order " + std::to_string(order)));
    }
    file.is64_ = word_size == ELF::ELFCLASS64;
    file.big_endian_ = order == ELF::ELFDATA2MSB;
    using namespace llvm::object;
    const auto read =
        file.is64_
            ? (file.big_endian_ ? file.read_headers<ELF64BE>() : file.read_headers<ELF64LE>())
            : (file.big_endian_ ? file.read_headers<ELF32BE>() : file.read_headers<ELF32LE>());
    if (!read) return std::unexpected(read.error());
    return file;
}

template <typename ELFT>
Expected<void> ElfFile::read_headers() {
    const auto* header = record_at<typename ELFT::Ehdr>(image_, 0);
    if (header == nullptr) {
        return std::unexpected(error(ErrorCode::truncated, "truncated: no whole ELF header"));
    }
    type_ = header->e_type;
    machine_ = header->e_machine;
    segment_table_ = header->e_phoff;
    segment_count_ = header->e_phnum;
    const std::uint64_t table = header->e_shoff;
    if (table == 0) return {};
    if (header->e_shentsize != sizeof(typename ELFT::Shdr)) {
        return std::unexpected(error(ErrorCode::malformed, "wrong size of section headers"));
    }
    const auto* first = record_at<typename ELFT::Shdr>(image_, table);
    if (first == nullptr) {
        return std::unexpected(error(ErrorCode::truncated, std::string(kTruncatedSections)));
    }
    // Counts that do not fit into the ELF header are in section header 0.
    std::uint64_t count = header->e_shnum;
    if (count == 0) count = first->sh_size;
    std::uint32_t names = header->e_shstrndx;
    if (names == ELF::SHN_XINDEX) names = first->sh_link;
    if (segment_count_ == 0xffff) segment_count_ = first->sh_info;  // PN_XNUM
    if (auto read = read_sections<ELFT>(table, count, names); !read) return read;
    if (auto placed = place_sections(); !placed) return placed;
    index_addresses();
    return {};
}

template <typename ELFT>
Expected<void> ElfFile::read_sections(std::uint64_t table, std::uint64_t count,
                                      std::uint32_t names) {
    using Shdr = typename ELFT::Shdr;
    if (count == 0) return {};
    if (count > UINT32_MAX || record_at<Shdr>(image_, table, count - 1) == nullptr) {
        return std::unexpected(error(ErrorCode::truncated, std::string(kTruncatedSections)));
    }
    const auto* headers = record_at<Shdr>(image_, table);
    base::Bytes strings;
    if (names < count) {
        strings = base::tail(image_, headers[names].sh_offset);
        strings = strings.first(std::min<std::uint64_t>(strings.size(), headers[names].sh_size));
    }
    sections_.reserve(count);
    headers_.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const Shdr& raw = headers[i];
        sections_.push_back({.name = base::string_at(strings, raw.sh_name),
                             .index = i,
                             .type = raw.sh_type,
                             .flags = raw.sh_flags,
                             .address = FileAddress{raw.sh_addr},
                             .size = raw.sh_size,
                             .alignment = raw.sh_addralign});
        headers_.push_back({.offset = raw.sh_offset,
                            .link = raw.sh_link,
                            .info = raw.sh_info,
                            .alignment = raw.sh_addralign,
                            .entry_size = raw.sh_entsize});
    }
    return {};
}

namespace {

/// The only section with code in it; null where there are none or several.
const Section* only_code(const std::vector<Section>& sections) {
    const auto has_code = [](const Section& section) {
        return section.allocated() && section.executable() && section.size != 0;
    };
    const auto first = std::ranges::find_if(sections, has_code);
    if (first == sections.end() || std::any_of(first + 1, sections.end(), has_code)) return nullptr;
    return &*first;
}

}  // namespace

Expected<void> ElfFile::place_sections() {
    if (!relocatable()) return {};
    // Above 0, so that an address without a relocation (a discarded function) is in no section;
    // with a gap between sections, so that the end of one is not the start of the next.
    constexpr std::uint64_t kFirst = 0x10000;
    constexpr std::uint64_t kFirstOf16Bits = 0x100;  // clang's DWARF for AVR has such addresses
    constexpr std::uint64_t kGap = 16;
    constexpr std::uint64_t kMaxAlignment = 0x1000;
    const std::uint64_t limit = is64_ ? std::uint64_t{1} << 62 : 0xffff'0000;
    std::uint64_t next = machine_ == ELF::EM_AVR ? kFirstOf16Bits : kFirst;
    const Section* at_zero = only_code(sections_);
    if (at_zero != nullptr && !is_hand_placed(*this, *at_zero)) at_zero = nullptr;
    for (Section& section : sections_) {
        section.address = {};
        if (!section.allocated() || &section == at_zero) continue;
        const auto alignment = std::clamp(headers_[section.index].alignment, kGap, kMaxAlignment);
        next = align_up(next, alignment);
        if (next > limit || section.size > limit - next) {
            return std::unexpected(
                error(ErrorCode::malformed, "sections do not fit into the address space"));
        }
        section.address = FileAddress{next};
        next += section.size + kGap;
    }
    return {};
}

void ElfFile::place_like(const ElfFile& other) {
    if (!relocatable() || !other.relocatable()) return;
    std::unordered_map<std::string_view, std::vector<const Section*>> originals;
    for (const Section& section : other.sections_) {
        if (section.allocated()) originals[section.name].push_back(&section);
    }
    std::unordered_map<std::string_view, std::size_t> seen;
    for (Section& section : sections_) {
        if (!section.allocated()) continue;
        const auto& same = originals[section.name];
        const std::size_t nth = seen[section.name]++;
        // A section that the other file lacks holds no code or data: it is made empty.
        if (nth >= same.size()) section.size = 0;
        section.address = nth < same.size() ? same[nth]->address : FileAddress{};
    }
    index_addresses();
}

void ElfFile::index_addresses() {
    ranges_.clear();
    for (const Section& section : sections_) {
        const bool thread_local_bss =
            (section.flags & ELF::SHF_TLS) != 0 && section.type == ELF::SHT_NOBITS;
        if (!section.allocated() || section.size == 0 || thread_local_bss) continue;
        const std::uint64_t low = section.address.value;
        if (low + section.size < low) continue;
        ranges_.push_back({low, low + section.size, &section, section.executable()});
    }
    std::ranges::stable_sort(ranges_, {}, &CodeRange::low);
    code_anywhere_ = relocatable() && std::ranges::none_of(ranges_, &CodeRange::executable);
}

const Section* ElfFile::section_at(FileAddress address) const {
    auto after = std::ranges::upper_bound(ranges_, address.value, {}, &CodeRange::low);
    // Sections overlap in few files: look at a few sections that start before, code first.
    const Section* data = nullptr;
    for (int tries = 0; after != ranges_.begin() && tries < 8; ++tries) {
        --after;
        if (address.value >= after->high) continue;
        if (after->executable) return after->section;
        if (data == nullptr) data = after->section;
    }
    return data;
}

bool ElfFile::is_code(std::uint64_t address) const {
    const Section* section = section_at(FileAddress{address});
    if (section != nullptr) return section->executable();
    const std::uint64_t highest = is64_ ? UINT64_MAX : UINT32_MAX;
    return code_anywhere_ && address < highest - 1;
}

const Section* ElfFile::section(std::string_view name) const {
    const auto found = std::ranges::find(sections_, name, &Section::name);
    return found == sections_.end() ? nullptr : &*found;
}

const Section* ElfFile::debug_section(std::string_view name) const {
    const auto found = std::ranges::find_if(
        sections_, [&](const Section& section) { return is_debug_section(section.name, name); });
    return found == sections_.end() ? nullptr : &*found;
}

Expected<base::Bytes> ElfFile::contents(const Section& section) const {
    if (section.type == ELF::SHT_NOBITS || section.type == ELF::SHT_NULL) return base::Bytes{};
    const std::uint64_t offset = header(section).offset;
    if (offset > image_.size() || image_.size() - offset < section.size) {
        return std::unexpected(error(ErrorCode::truncated, "truncated: section " +
                                                               std::string(section.name) +
                                                               " lies beyond the end of the file"));
    }
    const base::Bytes raw = image_.subspan(offset, section.size);
    const bool compressed =
        (section.flags & ELF::SHF_COMPRESSED) != 0 || section.name.starts_with(".zdebug");
    // Symbol and string tables are scanned from end to end.
    if (section.type == ELF::SHT_SYMTAB || section.type == ELF::SHT_STRTAB) {
        base::expect_access(raw, base::Access::soon);
    }
    if (!compressed) return raw;
    // Threads that read one file rarely decompress different sections of it at the same time: one
    // lock is enough for all.
    static std::mutex decompressing;
    const std::scoped_lock lock(decompressing);
    const auto known = decompressed_.find(section.index);
    if (known != decompressed_.end()) return known->second.result;
    return decompress(section, raw);
}

Expected<base::Bytes> ElfFile::decompress(const Section& section, base::Bytes raw) const {
    // Sections of a crafted file may share their bytes, and each would be decompressed to its own
    // copy.
    constexpr std::uint64_t kMaxReadings = 2;
    // zlib makes debug sections a third to a fifth of their size, zstd a little less. All those of
    // a file together are no more than 16 times the file, so that one of 50 MB takes less than 1
    // GB; what is small does no harm.
    constexpr std::uint64_t kHarmless = std::uint64_t{128} << 20;
    constexpr std::uint64_t kMaxRatio = 16;
    const std::uint64_t max = kHarmless + kMaxRatio * image_.size();
    const std::uint64_t left = max - std::min(max, inflated_bytes_);
    compressed_bytes_read_ += raw.size();
    base::expect_access(raw, base::Access::soon);
    if (compressed_bytes_read_ > kMaxReadings * image_.size()) {
        return std::unexpected(error(ErrorCode::malformed, "compressed sections overlap"));
    }
    auto inflated = (section.flags & ELF::SHF_COMPRESSED) != 0
                        ? inflate_section(raw, {.is64 = is64_, .big_endian = big_endian_}, left)
                        : inflate_old_section(raw, left);
    Decompressed entry{nullptr, base::Bytes{}};
    if (inflated) {
        inflated_bytes_ += inflated->size;
        entry.result = base::Bytes{inflated->bytes.get(), inflated->size};
        entry.bytes = std::move(inflated->bytes);
    } else {
        entry.result =
            std::unexpected(error(inflated.error().code, "section " + std::string(section.name) +
                                                             ": " + inflated.error().message));
    }
    return decompressed_.emplace(section.index, std::move(entry)).first->second.result;
}

template <typename ELFT>
std::vector<Segment> ElfFile::read_segments() const {
    std::vector<Segment> segments;
    const auto* headers = record_at<typename ELFT::Phdr>(image_, segment_table_);
    segments.reserve(segment_count_);
    for (std::uint64_t i = 0; i < segment_count_; ++i) {
        const auto& raw = headers[i];
        segments.push_back({.type = raw.p_type,
                            .flags = raw.p_flags,
                            .offset = raw.p_offset,
                            .address = FileAddress{raw.p_vaddr},
                            .file_size = raw.p_filesz,
                            .memory_size = raw.p_memsz,
                            .alignment = raw.p_align});
    }
    return segments;
}

Expected<std::vector<Segment>> ElfFile::segments() const {
    using namespace llvm::object;
    if (segment_count_ == 0) return std::vector<Segment>{};
    const std::uint64_t entry = is64_ ? sizeof(ELF64LE::Phdr) : sizeof(ELF32LE::Phdr);
    const std::uint64_t room =
        segment_table_ < image_.size() ? (image_.size() - segment_table_) / entry : 0;
    if (segment_count_ > room) {
        return std::unexpected(
            error(ErrorCode::truncated,
                  "truncated: the program header table lies beyond the end of the file"));
    }
    if (is64_) return big_endian_ ? read_segments<ELF64BE>() : read_segments<ELF64LE>();
    return big_endian_ ? read_segments<ELF32BE>() : read_segments<ELF32LE>();
}

std::optional<BuildId> ElfFile::find_build_id(base::Bytes notes, std::uint64_t alignment) const {
    return build_id_in_notes(notes, big_endian_, alignment);
}

std::optional<BuildId> ElfFile::build_id() const {
    for (const Section& section : sections_) {
        if (section.type != ELF::SHT_NOTE) continue;
        const auto notes = contents(section);
        if (!notes) continue;
        if (auto id = find_build_id(*notes, header(section).alignment)) return id;
    }
    const auto all = segments();
    if (!all) return std::nullopt;
    for (const Segment& segment : *all) {
        if (segment.type != ELF::PT_NOTE) continue;
        base::Bytes notes = base::tail(image_, segment.offset);
        notes = notes.first(std::min<std::uint64_t>(notes.size(), segment.file_size));
        if (auto id = find_build_id(notes, segment.alignment)) return id;
    }
    return std::nullopt;
}

std::optional<DebugLink> ElfFile::debug_link() const {
    const Section* link = section(".gnu_debuglink");
    if (link == nullptr) return std::nullopt;
    const auto bytes = contents(*link);
    if (!bytes) return std::nullopt;
    const std::string_view name = base::string_at(*bytes, 0);
    base::Cursor cursor(*bytes, big_endian_, align_up(name.size() + 1, 4));
    const std::uint32_t crc = cursor.u32();
    if (name.empty() || !cursor.ok()) return std::nullopt;
    return DebugLink{name, crc};
}

}  // namespace symline::elf
