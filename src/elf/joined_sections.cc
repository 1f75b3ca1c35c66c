#include "elf/joined_sections.h"

#include <string>

namespace symline::elf {

bool is_debug_section(std::string_view section, std::string_view name) {
    return section == name || (section.size() == name.size() + 1 && section.starts_with(".z") &&
                               section.substr(2) == name.substr(1));
}

Expected<std::vector<JoinedPart>> sections_named(const ElfFile& file, std::string_view name) {
    std::vector<JoinedPart> parts;
    std::uint64_t offset = 0, room = file.image().size();
    for (const Section& section : file.sections()) {
        if (!is_debug_section(section.name, name)) continue;
        const auto bytes = file.contents(section);
        if (!bytes) return std::unexpected(bytes.error());
        if (section.size > room) {
            return std::unexpected(Error{ErrorCode::malformed, file.path(),
                                         "sections " + std::string(name) + " overlap"});
        }
        room -= bytes->empty() ? 0 : section.size;
        parts.push_back({&section, *bytes, offset});
        offset += bytes->size();
    }
    return parts;
}

std::vector<std::uint8_t> join(std::span<const JoinedPart> parts) {
    std::vector<std::uint8_t> joined;
    for (const JoinedPart& part : parts) {
        joined.insert(joined.end(), part.bytes.begin(), part.bytes.end());
    }
    return joined;
}

}  // namespace symline::elf
