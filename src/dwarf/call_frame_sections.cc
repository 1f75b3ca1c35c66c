#include "dwarf/call_frame_sections.h"

#include <llvm/BinaryFormat/ELF.h>

#include <algorithm>
#include <string_view>

namespace symline::dwarf {
namespace {

using base::Bytes;
using Form = CallFrameEntries::Form;

PlacedBytes section_bytes(const elf::ElfFile& file, const Section* section) {
    if (section == nullptr) return {};
    return {file.contents(*section).value_or(Bytes{}), section->address.value};
}

/// What a segment that is loaded holds of the file from `address` on.
PlacedBytes loaded_from(const elf::ElfFile& file, const std::vector<elf::Segment>& segments,
                        std::uint64_t address) {
    for (const elf::Segment& each : segments) {
        const std::uint64_t distance = address - each.address.value;
        if (each.type != llvm::ELF::PT_LOAD || distance >= each.file_size) continue;
        const Bytes rest = base::tail(file.image(), each.offset + distance);
        return {rest.first(std::min<std::uint64_t>(rest.size(), each.file_size - distance)),
                address};
    }
    return {};
}

/// By PT_GNU_EH_FRAME, which leads to .eh_frame_hdr, which leads to .eh_frame.
std::optional<CallFrames> by_program_header(const elf::ElfFile& file) {
    const auto segments = file.segments();
    if (!segments) return std::nullopt;
    const auto found = std::ranges::find(*segments, std::uint32_t{llvm::ELF::PT_GNU_EH_FRAME},
                                         &elf::Segment::type);
    if (found == segments->end()) return std::nullopt;
    const PlacedBytes table = loaded_from(file, *segments, found->address.value);
    base::Cursor in(table.bytes, file.big_endian());
    const unsigned version = in.u8();
    const std::uint8_t encoding = in.u8();
    in.skip(2);
    const EncodedPointers form{table.address, table.address, file.address_size()};
    const auto frames = form.read(in, encoding);
    if (version != 1 || !frames) return std::nullopt;
    const PlacedBytes section = loaded_from(file, *segments, *frames);
    if (section.bytes.empty()) return std::nullopt;
    return CallFrames({section, Form::eh_frame, file.big_endian(), file.address_size()}, table);
}

}  // namespace

std::optional<CallFrames> open_eh_frames(const elf::ElfFile& file) {
    if (file.relocatable()) return std::nullopt;
    const Section* section = file.section(".eh_frame");
    if (section == nullptr) return by_program_header(file);
    const PlacedBytes frames = section_bytes(file, section);
    if (frames.bytes.empty()) return std::nullopt;
    return CallFrames({frames, Form::eh_frame, file.big_endian(), file.address_size()},
                      section_bytes(file, file.section(".eh_frame_hdr")));
}

std::optional<CallFrames> open_debug_frames(const elf::ElfFile& file) {
    if (file.relocatable()) return std::nullopt;
    const PlacedBytes frames = section_bytes(file, file.debug_section(".debug_frame"));
    if (frames.bytes.empty()) return std::nullopt;
    return CallFrames({frames, Form::debug_frame, file.big_endian(), file.address_size()});
}

}  // namespace symline::dwarf
