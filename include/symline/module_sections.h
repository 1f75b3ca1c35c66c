// The sections of a module, and what they hold.
//
//     const auto place = module.sections().offset_of(address);
//     if (place) std::cout << place->section->name << '+' << place->offset << '\n';
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "symline/address.h"
#include "symline/error.h"
#include "symline/section.h"

namespace symline {

class Module;

/// Where a relocation of code leads: a place in the file itself, or a symbol of another file.
struct ReferenceTarget {
    std::optional<FileAddress> address;
    std::string_view symbol;  ///< empty when `address` is there, or when neither can be told
};

/// Made by Module::sections(); valid as long as the Module, as are its answers.
class ModuleSections {
public:
    /// By index.
    [[nodiscard]] std::span<const Section> all() const;
    /// The first section of that name, or null.
    [[nodiscard]] const Section* named(std::string_view name) const;
    /// The place `offset` bytes into a section. Errors: out_of_range (an offset equal to the size
    /// is allowed: a return address may stand there), malformed (a section that takes no memory).
    [[nodiscard]] Expected<FileAddress> address_of(const Section& section,
                                                   std::uint64_t offset) const;
    /// The allocated section that holds an address, and how far into it.
    [[nodiscard]] std::optional<SectionOffset> offset_of(FileAddress address) const;

    /// All that the file holds of one of all(), decompressed; nothing where that is damaged.
    [[nodiscard]] std::span<const std::uint8_t> contents(const Section& section) const;
    /// Up to `size` bytes of what the file holds at an address; less where the section ends, none
    /// where a file of debug information alone leaves the contents out (SHT_NOBITS).
    [[nodiscard]] std::span<const std::uint8_t> contents_at(FileAddress address,
                                                            std::uint64_t size) const;
    /// Where the field at an address of a relocatable file's code leads once it is loaded: its
    /// relocation's symbol and addend. `distance` is added to the addend: how far after the field
    /// the address is that the processor adds its value to. Nothing without a relocation there.
    [[nodiscard]] std::optional<ReferenceTarget> reference_at(FileAddress address,
                                                              std::int64_t distance) const;

private:
    friend class Module;
    struct Parts;
    explicit ModuleSections(const Parts& parts) : parts_(&parts) {}
    const Parts* parts_;
};

}  // namespace symline
