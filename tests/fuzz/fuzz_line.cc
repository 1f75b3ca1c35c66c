// A line table alone: the first byte is that of section_image.h, the rest .debug_line.
#include <array>

#include "probe.h"
#include "section_image.h"

namespace {

using symline::fuzz::ImageParts;

// A unit of DWARF 5 with one DIE: DW_TAG_compile_unit, DW_AT_stmt_list 0, DW_AT_low_pc 0,
// DW_AT_high_pc 0x100000, DW_AT_comp_dir "/d", DW_AT_name "n".
constexpr std::array<std::uint8_t, 17> kAbbreviations = {
    1, 0x11, 0, 0x10, 0x17, 0x11, 0x01, 0x12, 0x0f, 0x1b, 0x08, 0x03, 0x08, 0, 0, 0, 0};

void append(std::vector<std::uint8_t>& bytes, std::uint64_t value, unsigned size, bool big_endian) {
    for (unsigned i = 0; i < size; ++i) {
        const unsigned place = big_endian ? size - 1 - i : i;
        bytes.push_back(static_cast<std::uint8_t>(value >> (8 * place)));
    }
}

std::vector<std::uint8_t> unit(const ImageParts& parts) {
    const unsigned address = parts.is64 ? 8 : 4;
    std::vector<std::uint8_t> bytes;
    append(bytes, 21 + address, 4, parts.big_endian);
    append(bytes, 5, 2, parts.big_endian);
    bytes.push_back(1);
    bytes.push_back(static_cast<std::uint8_t>(address));
    append(bytes, 0, 4, parts.big_endian);
    bytes.push_back(1);
    append(bytes, 0, 4, parts.big_endian);
    append(bytes, 0, address, parts.big_endian);
    for (const std::uint8_t byte : {0x80, 0x80, 0x40, int{'/'}, int{'d'}, 0, int{'n'}, 0})
        bytes.push_back(byte);
    return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace symline::fuzz;
    if (size == 0) return 0;
    ImageParts parts = split({data, 1});
    parts.sections[section_index(".debug_info")] = unit(parts);
    parts.sections[section_index(".debug_abbrev")].assign(kAbbreviations.begin(),
                                                          kAbbreviations.end());
    parts.sections[section_index(".debug_line")].assign(data + 1, data + size);
    const auto image = build_image(parts);
    probe_units(image);
    probe_dwarf(image);
    return 0;
}
