#include "dwarf/sections.h"

#include <llvm/BinaryFormat/ELF.h>

#include <string_view>

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
