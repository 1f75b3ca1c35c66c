#include "symbolize/calls.h"

#include <algorithm>
#include <cstdint>

#include "elf/constants.h"
#include "symbolize/x86_instructions.h"

namespace symline::symbolize {
namespace {

bool is_x86(const Module& module) {
    return module.elf().machine() == elf::kX86_64 || module.elf().machine() == elf::kI386;
}

bool is_executable(const Module& module, FileAddress address) {
    const auto place = module.sections().offset_of(address);
    return place && place->section->executable();
}

/// Up to `size` bytes before an address, as far as they are in its section and in the file.
Code before(const Module& module, FileAddress address, std::uint64_t size) {
    if (address.value == 0) return {};
    // The address may be the section's end.
    const auto last = module.sections().offset_of(FileAddress{address.value - 1});
    if (!last) return {};
    const std::uint64_t available = std::min(size, last->offset + 1);
    return module.sections().contents_at(FileAddress{address.value - available}, available);
}

bool is_thumb(const Module& module, FileAddress address) {
    const auto symbol = module.symbols().at(address);
    return symbol && *symbol && (*symbol)->type == SymbolType::function &&
           ((*symbol)->value & 1) != 0;
}

FileAddress moved(FileAddress address, std::int64_t distance) {
    return FileAddress{address.value + static_cast<std::uint64_t>(distance)};
}

/// E8 is also a byte of other instructions, whose next four rarely lead to code. Those of a
/// relocation are 0 until the module is loaded.
bool leads_to_code(const Module& module, FileAddress address, Code call) {
    const auto distance = static_cast<std::int32_t>(word_at(call, 1, false));
    return distance == 0 || is_executable(module, moved(address, distance));
}

/// Whether an instruction begins at `address`, by those from the start of the function on.
bool begins_instruction(const Module& module, const InstructionSet& set, FileAddress address) {
    constexpr std::uint64_t kFarthestStart = std::uint64_t{64} * 1024;
    const auto symbol = module.symbols().at(address);
    if (!symbol || !*symbol || (*symbol)->address > address) return true;
    const std::uint64_t distance = address.value - (*symbol)->address.value;
    Code code = module.sections().contents_at((*symbol)->address, distance);
    if (code.size() != distance || distance > kFarthestStart) return true;
    while (!code.empty()) {
        const std::size_t size = instruction_size(set, code);
        if (size == 0 || size > code.size())
            return is_x86(module) && are_x86_prefixes(code, set.is64);
        code = code.subspan(size);
    }
    return true;
}

/// Bytes of other instructions may look like a call where instructions have no fixed length.
bool is_whole_call(const Module& module, const InstructionSet& set, FileAddress end, Code code) {
    if (!is_call(set, code)) return false;
    if (instruction_size(set, code) == 0) return true;
    if (is_x86_near_call(code) && is_x86(module) && !leads_to_code(module, end, code)) return false;
    return begins_instruction(module, set, FileAddress{end.value - code.size()});
}

/// Where the branch goes that ends at `end`.
std::optional<ReferenceTarget> branch_target(const Module& module, const InstructionSet& set,
                                             FileAddress end,
                                             std::optional<std::int64_t> distance) {
    if (!distance) return std::nullopt;
    // x86 counts from the end of the field, which ends the instruction; arm64 from the instruction.
    // Within a section the assembler may fill it in: then there is no relocation.
    if (is_x86(module) || set.machine == elf::kArm64) {
        const std::int64_t counted_from = is_x86(module) ? 4 : 0;
        const FileAddress field{end.value - 4};
        if (const auto target = module.sections().reference_at(field, counted_from)) return target;
    } else if (module.elf().type() == FileType::relocatable) {
        return std::nullopt;
    }
    return ReferenceTarget{moved(end, *distance), {}};
}

}  // namespace

InstructionSet instruction_set(const Module& module, FileAddress address) {
    InstructionSet set{.machine = module.elf().machine(),
                       .is64 = module.elf().address_size() == 8,
                       .big_endian = module.elf().big_endian()};
    if (set.machine == elf::kArm) {
        // Linked big-endian files have little-endian instructions since ARMv6 (BE8).
        const bool linked = module.elf().type() != FileType::relocatable;
        set.big_endian = set.big_endian && !linked;
        set.thumb = is_thumb(module, address);
    }
    if (set.machine == elf::kArm64) set.big_endian = false;
    return set;
}

CallAt call_ends_at(const Module& module, FileAddress address, std::size_t max_size) {
    if (address.value == 0) return CallAt::unknown;
    const FileAddress last{address.value - 1};
    const InstructionSet set = instruction_set(module, last);
    const auto sizes = call_sizes(set);
    if (sizes.empty()) return CallAt::unknown;
    const Code code =
        before(module, address, std::min<std::size_t>(max_size, *std::ranges::max_element(sizes)));
    if (code.empty()) {
        // A section's start, in a file that has the section: nothing is before it.
        const bool has_code = !module.sections().contents_at(address, 1).empty();
        return has_code ? CallAt::no : CallAt::unknown;
    }
    if (!is_executable(module, last)) return CallAt::no;
    const bool call = std::ranges::any_of(sizes, [&](std::size_t size) {
        return size <= code.size() && is_whole_call(module, set, address, code.last(size));
    });
    return call ? CallAt::yes : CallAt::no;
}

bool calls_through_table(const Module& module, FileAddress address) {
    constexpr std::size_t kSize = 6;
    const InstructionSet set = instruction_set(module, FileAddress{address.value - 1});
    const Code code = before(module, address, kSize);
    return is_call_through_table(set, code) && is_whole_call(module, set, address, code);
}

bool knows_direct_calls(const Module& module) {
    switch (module.elf().machine()) {
        case elf::kX86_64:
        case elf::kI386:
        case elf::kArm64: return true;
        case elf::kRiscv:
        case elf::kPpc64:
        case elf::kS390:
        case elf::kLoongarch: return module.elf().type() != FileType::relocatable;
        default: return false;
    }
}

bool traps_at(const Module& module, FileAddress address) {
    constexpr std::uint64_t kLongest = 4;
    return is_trap(instruction_set(module, address),
                   module.sections().contents_at(address, kLongest));
}

std::optional<ReferenceTarget> call_target(const Module& module, FileAddress address) {
    const InstructionSet set =
        instruction_set(module, lookup_address(address, CodeKind::after_call));
    const std::uint64_t size = is_x86(module) ? kX86NearCall : kLongestCall;
    return branch_target(module, set, address,
                         call_distance(set, last_call(set, before(module, address, size))));
}

std::optional<ReferenceTarget> jump_target(const Module& module, FileAddress address) {
    const InstructionSet set =
        instruction_set(module, lookup_address(address, CodeKind::after_call));
    return branch_target(module, set, address,
                         jump_distance(set, before(module, address, kLongestCall)));
}

}  // namespace symline::symbolize
