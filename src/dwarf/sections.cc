#include "dwarf/sections.h"

#include <llvm/BinaryFormat/ELF.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "dwarf/unit.h"

namespace symline::dwarf {
namespace {

constexpr std::array<std::string_view, kSectionCount> kNames = {
    ".debug_info",     ".debug_abbrev", ".debug_aranges",  ".debug_line", ".debug_str",
    ".debug_line_str", ".debug_ranges", ".debug_rnglists", ".debug_addr", ".debug_str_offsets"};

/// DWARF 5 section 7.3.2.2. The sections without a name here are not split.
constexpr std::array<std::string_view, kSectionCount> kSplitNames = {".debug_info.dwo",
                                                                     ".debug_abbrev.dwo",
                                                                     "",
                                                                     ".debug_line.dwo",
                                                                     ".debug_str.dwo",
                                                                     "",
                                                                     "",
                                                                     ".debug_rnglists.dwo",
                                                                     "",
                                                                     ".debug_str_offsets.dwo"};

/// What split units refer to in the file of their skeletons.
bool in_skeleton(SectionId id) {
    return id == SectionId::addr || id == SectionId::ranges;
}

}  // namespace

Sections::Sections(const SplitSource& split)
    : file_(&split.skeleton->sections().file()), split_(split) {}

const Sections& Sections::skeleton_sections() const {
    return split_.skeleton->sections();
}

void Sections::note_split_problem(const std::string& text) const {
    skeleton_sections().note_problem(split_.file->path() + ": " + text);
}

bool Sections::relocates_constants() const {
    const auto machine = file_->machine();
    return file_->relocatable() && split_.skeleton == nullptr &&
           (machine == llvm::ELF::EM_RISCV || machine == llvm::ELF::EM_LOONGARCH);
}

const SectionData& Sections::get(SectionId id) const {
    if (split_.skeleton != nullptr && in_skeleton(id)) return skeleton_sections().get(id);
    auto& slot = loaded_[static_cast<std::size_t>(id)];
    if (!slot && shared_ != nullptr) slot = load_shared(id);
    if (!slot) slot = split_.skeleton == nullptr ? load(id) : load_split(id);
    return *slot;
}

/// A copy: of relocations, every thread remembers the place it was at.
SectionData Sections::load_shared(SectionId id) const {
    const std::scoped_lock lock(shared_->loading_);
    const SectionData& data = shared_->get(id);
    if (!shared_->problem_.empty()) give_up();
    return data;
}

const Sections* Sections::supplementary_of_shared() const {
    if (std::exchange(looked_for_supplementary_, true)) return supplementary_.get();
    const std::scoped_lock lock(shared_->loading_);
    const Sections* found = shared_->supplementary();
    if (found == nullptr) {
        give_up();
    } else {
        supplementary_ = std::make_unique<Sections>(*found, *given_up_);
    }
    return supplementary_.get();
}

const Sections* Sections::supplementary() const {
    if (shared_ != nullptr) return supplementary_of_shared();
    if (companions_ == nullptr) return supplementary_.get();
    CompanionFiles& companions = *std::exchange(companions_, nullptr);
    const auto file = companions.supplementary(*file_);
    if (file && *file != nullptr) {
        supplementary_ = std::make_unique<Sections>(**file);
        supplementary_->owner_ = (*file)->path() + ": ";
    } else {
        missing_ = file ? "no supplementary debug file" : file.error().message;
    }
    return supplementary_.get();
}

bool Sections::may_spend(std::size_t work) const {
    struct Allowance {
        std::uint64_t base, per_byte_of_file;
    };
    constexpr std::uint64_t kMega = std::uint64_t{1} << 20;
    constexpr std::array<Allowance, kWorkCount> kAllowances = {{
        {16 * kMega, 16},   // abbreviation_tables: up to 16 bytes of memory each
        {512 * kMega, 64},  // unit_abbreviations
        {8 * kMega, 16},    // line_programs: up to 20 bytes of memory each
        {kMega / 2, 1},     // indexed_ranges: 32 bytes of memory each
        {16 * kMega, 4},    // listed_ranges
    }};
    const Allowance& allowance = kAllowances[work];
    // Hundreds of split files may be open at once, each with one unit or a few.
    const std::uint64_t base = split_.skeleton == nullptr ? allowance.base : allowance.base / 64;
    allowed_[work] = base + allowance.per_byte_of_file * readable_bytes();
    if (spent_[work] <= allowed_[work]) return true;
    note_problem("damaged debug information: the same parts are referred to far too often");
    return false;
}

std::uint64_t Sections::readable_bytes() const {
    if (split_.skeleton == nullptr) return file_->image().size();
    if (!split_.contributions) return split_.file->image().size();
    std::uint64_t size = 0;
    for (const auto& slice : *split_.contributions) size += slice ? slice->size : 0;
    return std::min<std::uint64_t>(size, split_.file->image().size());
}

/// Not what was decompressed, and not what is too small to be told about.
bool Sections::read_from_disk(Bytes bytes) const {
    constexpr std::size_t kSmall = std::size_t{256} * 1024;
    const Bytes image = file_->image();
    return bytes.size() > kSmall && bytes.data() >= image.data() &&
           bytes.data() < image.data() + image.size();
}

void Sections::expect_many() const {
    if (std::exchange(many_, true)) return;
    for (const auto& slot : loaded_) {
        if (slot && read_from_disk(slot->bytes)) {
            base::expect_access(slot->bytes, base::Access::in_order);
        }
    }
}

void Sections::expect_all(std::uint64_t offset, std::uint64_t size) const {
    constexpr std::uint64_t kMost = std::uint64_t{2} * 1024 * 1024;
    const Bytes info = get(SectionId::info).bytes;
    const bool told = many_ || shared_ != nullptr || split_.skeleton != nullptr;
    if (told || offset > info.size() || !read_from_disk(info)) return;
    base::expect_access(info.subspan(offset, std::min({size, kMost, info.size() - offset})),
                        base::Access::soon);
}

/// Split files have no relocations.
SectionData Sections::load_split(SectionId id) const {
    const auto index = static_cast<std::size_t>(id);
    const elf::ElfFile& file = *split_.file;
    const Section* section = id == SectionId::info ? split_.info : nullptr;
    if (section == nullptr && !kSplitNames[index].empty()) {
        section = file.debug_section(kSplitNames[index]);
    }
    if (section == nullptr) return {};
    const auto bytes = file.contents(*section);
    if (!bytes) {
        note_problem(bytes.error().message);
        return {};
    }
    // The strings of a package are one table for all of its units.
    if (!split_.contributions || id == SectionId::str) return {*bytes, std::nullopt};
    const auto& slice = (*split_.contributions)[index];
    if (!slice) return {};
    if (slice->offset > bytes->size() || slice->size > bytes->size() - slice->offset) {
        note_problem("damaged index of split units: beyond the end of " +
                     std::string(kSplitNames[index]));
        return {};
    }
    return {bytes->subspan(slice->offset, slice->size), std::nullopt};
}

SectionData Sections::load(SectionId id) const {
    const Section* section = file_->debug_section(kNames[static_cast<std::size_t>(id)]);
    if (section == nullptr) return {};
    const auto bytes = file_->contents(*section);
    if (!bytes) {
        note_problem(bytes.error().message);
        return {};
    }
    if (read_from_disk(*bytes)) {
        if (id == SectionId::aranges) base::expect_access(*bytes, base::Access::soon);
        if (many_) base::expect_access(*bytes, base::Access::in_order);
    }
    SectionData data{*bytes, std::nullopt};
    if (!file_->relocatable()) return data;
    if (relocator_ == nullptr) {
        auto relocator = elf::Relocator::of(*file_);
        if (!relocator) {
            note_problem(relocator.error().message);
            return data;
        }
        relocator_ = std::move(*relocator);
    }
    data.relocations = elf::Relocations::of(*file_, *section, *relocator_);
    return data;
}

}  // namespace symline::dwarf
