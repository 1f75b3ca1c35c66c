#include "symline/module_sections.h"

#include <algorithm>
#include <string>

#include "elf/code_reference.h"
#include "symbolize/module_parts.h"

namespace symline {

std::span<const Section> ModuleSections::all() const {
    return parts_->code.sections();
}

const Section* ModuleSections::named(std::string_view name) const {
    return parts_->code.section(name);
}

Expected<FileAddress> ModuleSections::address_of(const Section& section,
                                                 std::uint64_t offset) const {
    if (!section.allocated()) {
        return std::unexpected(Error{ErrorCode::malformed, parts_->code.path(),
                                     "section " + std::string(section.name) + " takes no memory"});
    }
    if (offset > section.size) {
        return std::unexpected(
            Error{ErrorCode::out_of_range, parts_->code.path(),
                  "offset lies beyond the end of section " + std::string(section.name)});
    }
    return FileAddress{section.address.value + offset};
}

std::optional<SectionOffset> ModuleSections::offset_of(FileAddress address) const {
    const Section* section = parts_->code.section_at(address);
    if (section == nullptr) return std::nullopt;
    return SectionOffset{section, address.value - section->address.value};
}

std::span<const std::uint8_t> ModuleSections::contents(const Section& section) const {
    const auto contents = parts_->code.contents(section);
    if (!contents) return {};
    return {contents->data(), contents->size()};
}

std::span<const std::uint8_t> ModuleSections::contents_at(FileAddress address,
                                                          std::uint64_t size) const {
    const Section* section = parts_->code.section_at(address);
    if (section == nullptr) return {};
    const auto contents = parts_->code.contents(*section);
    const std::uint64_t offset = address.value - section->address.value;
    if (!contents || offset >= contents->size()) return {};
    return {contents->data() + offset, std::min<std::uint64_t>(size, contents->size() - offset)};
}

std::optional<ReferenceTarget> ModuleSections::reference_at(FileAddress address,
                                                            std::int64_t distance) const {
    const auto own = elf::SymbolTable::of(parts_->code);
    if (!own) return std::nullopt;
    const auto found = elf::code_reference(parts_->code, *own, address, distance);
    if (!found) return std::nullopt;
    return ReferenceTarget{found->address, found->symbol};
}

}  // namespace symline
