// Attribute forms (DWARF 5 section 7.5.6): how wide they are, and what they hold.
#pragma once

#include <llvm/BinaryFormat/Dwarf.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "dwarf/sections.h"

namespace symline::dwarf {

namespace DW = llvm::dwarf;

/// What the size of some forms depends on; the same for a whole unit.
struct FormParameters {
    std::uint16_t version = 0;
    std::uint8_t address_size = 0;
    std::uint8_t offset_size = 0;  ///< 4 in 32-bit DWARF, 8 in 64-bit DWARF

    /// DW_FORM_ref_addr was as wide as an address in DWARF 2.
    std::uint8_t reference_size() const { return version <= 2 ? address_size : offset_size; }
    friend bool operator==(const FormParameters&, const FormParameters&) = default;
};

/// A value as it stands in the file, not yet interpreted by its unit's bases.
struct FormValue {
    std::uint16_t form = 0;  ///< 0: the attribute is absent
    std::uint64_t number = 0;
    std::string_view text;  ///< of DW_FORM_string; of blocks, their bytes

    explicit operator bool() const { return form != 0; }
};

namespace detail {

/// What the table of widths holds besides a number of bytes.
enum Width : std::uint8_t { kAddressWide = 0xf0, kOffsetWide, kReferenceWide, kVariableWidth };
using Widths = std::array<std::uint8_t, 256>;
extern const Widths kLowForms;  ///< of the forms below 0x100
std::uint8_t high_form_width(std::uint16_t form);

}  // namespace detail

/// The size of a form in bytes, when every value of it has the same size.
inline std::optional<std::uint8_t> fixed_size(std::uint16_t form,
                                              const FormParameters& parameters) {
    const std::uint8_t width =
        form < detail::kLowForms.size() ? detail::kLowForms[form] : detail::high_form_width(form);
    switch (width) {
        case detail::kAddressWide: return parameters.address_size;
        case detail::kOffsetWide: return parameters.offset_size;
        case detail::kReferenceWide: return parameters.reference_size();
        case detail::kVariableWidth: return std::nullopt;
        default: return width;
    }
}

/// Moves past a value. An unknown form fails the cursor: nothing after it can be found.
void skip_form(Cursor& cursor, std::uint16_t form, const FormParameters& parameters);

/// Whether forms of class constant may have relocations: see Sections::relocates_constants().
enum class Constants : bool { as_stored, relocated };

/// Reads a value.
FormValue read_form(Reader& reader, std::uint16_t form, std::int64_t implicit_constant,
                    const FormParameters& parameters, Constants constants);

/// True for the forms of class constant (of which DW_AT_high_pc is a distance, not an address).
bool is_constant(std::uint16_t form);
/// True for the forms of classes block and exprloc.
bool is_block(std::uint16_t form);
/// True for references into the supplementary file.
bool is_supplementary_reference(std::uint16_t form);
/// True for the forms of class address.
bool is_address(std::uint16_t form);

}  // namespace symline::dwarf
