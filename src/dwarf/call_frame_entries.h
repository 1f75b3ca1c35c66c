// The entries of .debug_frame (DWARF 5 section 6.4.1) and .eh_frame (Linux Standard Base Core,
// section 10.6): what functions have in common, and where each of them lies.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "dwarf/call_frame_rules.h"

namespace symline::dwarf {

/// A section in memory and in the file's addresses.
struct PlacedBytes {
    base::Bytes bytes;
    std::uint64_t address = 0;  ///< of the first byte
};

/// An address in one of the forms that .eh_frame and its table have (DW_EH_PE_…). Nothing where it
/// is left out, damaged, or in a form that does not occur there.
struct EncodedPointers {
    std::uint64_t section = 0;  ///< the address of the cursor's first byte
    std::uint64_t data = 0;     ///< what DW_EH_PE_datarel counts from
    unsigned address_size = 8;

    std::optional<std::uint64_t> read(base::Cursor& in, std::uint8_t encoding) const;
};

/// Reads the entries of one section, each by its offset.
class CallFrameEntries {
public:
    enum class Form { debug_frame, eh_frame };
    /// `section` is borrowed. `address_size` is of the file: 4 or 8.
    CallFrameEntries(PlacedBytes section, Form form, bool big_endian, unsigned address_size)
        : section_(section), form_(form), big_endian_(big_endian), address_size_(address_size) {}

    /// The CIE that was read last: neighbours name the same one.
    struct LastCommon {
        std::uint64_t offset = ~std::uint64_t{0};
        std::optional<CommonEntry> entry;
    };
    struct Next {
        std::optional<FunctionEntry> function{};  ///< nothing for a CIE, or what is damaged
        std::uint64_t end = 0;                    ///< where the entry after it begins
    };
    /// The entry at an offset; nothing at the section's end.
    std::optional<Next> at(std::uint64_t offset, LastCommon& last) const;
    std::optional<CommonEntry> common(std::uint64_t offset) const;

    bool big_endian() const { return big_endian_; }
    unsigned address_size() const { return address_size_; }
    const PlacedBytes& section() const { return section_; }

private:
    struct Header;
    std::optional<Header> header(std::uint64_t offset) const;
    bool read_augmentation(base::Cursor& in, std::string_view letters, CommonEntry& common) const;
    std::optional<FunctionEntry> function(Header& header, LastCommon& last) const;
    EncodedPointers pointers(unsigned address_size) const {
        return {section_.address, 0, address_size};
    }

    PlacedBytes section_;
    Form form_;
    bool big_endian_;
    unsigned address_size_;
};

}  // namespace symline::dwarf
