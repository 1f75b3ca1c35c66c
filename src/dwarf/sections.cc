#include "dwarf/sections.h"

#include <llvm/BinaryFormat/ELF.h>

#include <string_view>
#include <utility>

namespace symline::dwarf {
namespace {

constexpr std::array<std::string_view, kSectionCount> kNames = {
    ".debug_info",     ".debug_abbrev", ".debug_aranges",  ".debug_line", ".debug_str",
    ".debug_line_str", ".debug_ranges", ".debug_rnglists", ".debug_addr", ".debug_str_offsets"};

}  // namespace

bool Sections::relocates_constants() const {
    const auto machine = file_->machine();
    return file_->relocatable() &&
           (machine == llvm::ELF::EM_RISCV || machine == llvm::ELF::EM_LOONGARCH);
}

const SectionData& Sections::get(SectionId id) const {
    auto& slot = loaded_[static_cast<std::size_t>(id)];
    if (!slot) slot = load(id);
    return *slot;
}

const Sections* Sections::supplementary() const {
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

bool Sections::spend(Work work, std::uint64_t amount) const {
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
    const auto index = static_cast<std::size_t>(work);
    const Allowance& allowance = kAllowances[index];
    spent_[index] += amount;
    if (spent_[index] <= allowance.base + allowance.per_byte_of_file * file_->image().size()) {
        return true;
    }
    note_problem("damaged debug information: the same parts are referred to far too often");
    return false;
}

SectionData Sections::load(SectionId id) const {
    const Section* section = file_->debug_section(kNames[static_cast<std::size_t>(id)]);
    if (section == nullptr) return {};
    const auto bytes = file_->contents(*section);
    if (!bytes) {
        note_problem(bytes.error().message);
        return {};
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
