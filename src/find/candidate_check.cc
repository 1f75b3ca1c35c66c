#include "find/candidate_check.h"

#include <algorithm>
#include <utility>

#include "elf/compression.h"
#include "elf/constants.h"
#include "find/kernel_names.h"

namespace symline::find {
namespace {

Error mismatch(const elf::ElfFile& candidate, std::string message) {
    return {ErrorCode::mismatch, candidate.path(), std::move(message)};
}

bool has_debug_information(const elf::ElfFile& file) {
    constexpr std::string_view kNames[] = {".debug_info", ".debug_line", ".debug_str"};
    return std::ranges::any_of(kNames, [&](auto name) { return file.debug_section(name); });
}

bool has_code(const elf::ElfFile& file) {
    return std::ranges::any_of(file.sections(), [](const Section& section) {
        return section.allocated() && section.executable() && section.type != elf::kSectionNoBits;
    });
}

/// Whether the code sections of both are in the same places.
bool same_code(const elf::ElfFile& a, const elf::ElfFile& b) {
    return std::ranges::all_of(a.sections(), [&](const Section& section) {
        if (!section.allocated() || !section.executable()) return true;
        const Section* other = b.section(section.name);
        return other != nullptr && other->size == section.size &&
               (a.relocatable() || other->address == section.address);
    });
}

std::optional<Error> of_another_kernel(const WantedFile& wanted, const elf::ElfFile& candidate) {
    const auto name = kernel_name(candidate);
    if (name != wanted.kernel_name) {
        return mismatch(candidate, "is not of " + wanted.kernel_name);
    }
    const auto release = kernel_release(candidate);
    if (!release.empty() && !wanted.kernel_release.empty() && release != wanted.kernel_release) {
        return mismatch(candidate,
                        "is of kernel " + release + " instead of " + wanted.kernel_release);
    }
    return std::nullopt;
}

/// Why the candidate is another file; nothing when it is not.
std::optional<Error> other_file(const WantedFile& wanted, const elf::ElfFile& candidate,
                                FoundBy finder) {
    if (wanted.build_id) {
        const auto id = candidate.build_id();
        if (id == wanted.build_id) return std::nullopt;
        return mismatch(candidate, build_id_mismatch(id, *wanted.build_id));
    }
    if (wanted.file == nullptr) {
        // The layouts' own paths say which kernel a file is of.
        const bool named_by_caller = finder == FoundBy::explicit_path || finder == FoundBy::custom;
        if (wanted.kernel_name.empty() || !named_by_caller) return std::nullopt;
        return of_another_kernel(wanted, candidate);
    }
    const elf::ElfFile& file = *wanted.file;
    const bool has_link = !wanted.debug_link.empty();
    if (has_link && elf::debug_link_crc(candidate.image()) != wanted.debug_link_crc) {
        return mismatch(candidate, "CRC differs from the debug link's");
    }
    if (candidate.machine() != file.machine() || candidate.is64() != file.is64()) {
        return mismatch(candidate, "is for another machine");
    }
    if (!has_link && !same_code(file, candidate)) {
        return mismatch(candidate, "its code sections differ");
    }
    return std::nullopt;
}

std::optional<Error> without_content(const WantedFile& wanted, const elf::ElfFile& candidate) {
    if (wanted.content == FileContent::debug && !has_debug_information(candidate)) {
        return mismatch(candidate, "holds no debug information");
    }
    if (wanted.content == FileContent::code && !has_code(candidate)) {
        return mismatch(candidate, "holds no code");
    }
    return std::nullopt;
}

}  // namespace

std::optional<Refusal> check(const elf::ElfFile& candidate, const WantedFile& wanted,
                             FoundBy finder) {
    if (auto other = other_file(wanted, candidate, finder)) return Refusal{std::move(*other)};
    if (auto lacking = without_content(wanted, candidate)) {
        return Refusal{std::move(*lacking), wanted.file == nullptr};
    }
    return std::nullopt;
}

std::string build_id_mismatch(const std::optional<BuildId>& own, const BuildId& wanted) {
    return "build id " + (own ? own->hex() : "(none)") + " instead of " + wanted.hex();
}

}  // namespace symline::find
