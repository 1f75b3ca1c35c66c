#include "decode/process_layout.h"

#include <iterator>

namespace symline::decode {
namespace {

/// A process has fewer; a log with more has no more of them remembered.
constexpr std::size_t kMaxModules = 4096;
constexpr std::size_t kMaxMappings = 8 * kMaxModules;

}  // namespace

void ProcessLayout::take(const log::Facts& facts) {
    if (facts.begins_process) {
        files_.clear();
        mappings_.clear();
    }
    for (const log::UserModule& module : facts.user_modules) {
        if (module.number && files_.size() < kMaxModules)
            files_.insert_or_assign(*module.number,
                                    File{std::string(module.file), std::string(module.build_id)});
    }
    for (const log::UserMapping& mapping : facts.user_mappings) {
        if (mappings_.size() < kMaxMappings) mappings_.insert_or_assign(mapping.base, mapping);
    }
}

const log::UserMapping* ProcessLayout::mapping_of(std::uint64_t address) const {
    const auto after = mappings_.upper_bound(address);
    if (after == mappings_.begin()) return nullptr;
    const log::UserMapping& mapping = std::prev(after)->second;
    return address - mapping.base < mapping.size ? &mapping : nullptr;
}

std::optional<log::Occurrence> ProcessLayout::located(const log::Occurrence& occurrence) const {
    if (!occurrence.address) return std::nullopt;
    const std::uint64_t address = *occurrence.address;
    // A call that does not return may be the last instruction of a mapping.
    const bool call = occurrence.kind != log::Kind::exact && address != 0;
    const log::UserMapping* mapping = mapping_of(call ? address - 1 : address);
    if (mapping == nullptr) return std::nullopt;
    const auto file = files_.find(mapping->module);
    if (file == files_.end()) return std::nullopt;
    log::Occurrence found = occurrence;
    found.file = file->second.name;
    found.build_id = file->second.build_id;
    found.address = address - mapping->base + mapping->in_file;
    found.space = log::AddressScope::file;
    return found;
}

}  // namespace symline::decode
