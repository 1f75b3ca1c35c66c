#include "process/unwind/return_address.h"

#include <algorithm>
#include <array>
#include <span>

#include "elf/constants.h"
#include "symbolize/call_instructions.h"

namespace symline::process {
namespace {

using symbolize::Code;
using symbolize::InstructionSet;

/// Programs for big-endian arm are linked with little-endian instructions (BE8), and arm64's are
/// little-endian always.
InstructionSet instruction_set(const UnwindSource& source, std::uint64_t address) {
    const MachineFacts& machine = source.machine();
    const bool arm = machine.machine == elf::kArm || machine.machine == elf::kArm64;
    return {.machine = machine.machine,
            .is64 = machine.word_size == 8,
            .big_endian = source.big_endian() && !arm,
            .thumb = machine.machine == elf::kArm && (address & 1) != 0};
}

/// Where a direct call leads.
std::optional<std::uint64_t> target_of(const InstructionSet& set, std::uint64_t end, Code call) {
    const auto distance = symbolize::call_distance(set, call);
    const std::uint64_t space = set.is64 ? ~std::uint64_t{0} : 0xffffffffU;
    if (!distance) return std::nullopt;
    return (end + static_cast<std::uint64_t>(*distance)) & space;
}

/// Asks `take` of each call that may end at an address, until it answers true. Nothing where no
/// code can be read.
template <typename Take>
std::optional<bool> for_calls_before(const UnwindSource& source, std::uint64_t address,
                                     const Take& take) {
    const InstructionSet set = instruction_set(source, address);
    const std::uint64_t end = address & source.machine().code_mask;
    std::array<std::uint8_t, symbolize::kLongestCall> code{};
    bool read = false;
    for (const std::size_t size : symbolize::call_sizes(set)) {
        const auto bytes = std::span(code).first(size);
        if (end < size || !source.code_memory().read(end - size, bytes)) continue;
        read = true;
        if (!symbolize::is_call(set, bytes)) continue;
        // E8 is also a byte of other instructions, whose next four rarely lead to code.
        const auto target = target_of(set, end, bytes);
        if (target && !source.is_code(*target)) continue;
        if (take(target)) return true;
    }
    return read ? std::optional(false) : std::nullopt;
}

}  // namespace

bool is_in_code(const UnwindSource& source, std::uint64_t address) {
    return source.is_code(address) || (address != 0 && source.is_code(address - 1));
}

CallBefore call_before(const UnwindSource& source, std::uint64_t address) {
    const auto any = [](std::optional<std::uint64_t>) { return true; };
    const auto found = for_calls_before(source, address, any);
    if (!found) return CallBefore::unknown;
    return *found ? CallBefore::yes : CallBefore::no;
}

std::optional<std::uint64_t> call_target(const UnwindSource& source, std::uint64_t address) {
    std::optional<std::uint64_t> direct;
    for_calls_before(source, address, [&](std::optional<std::uint64_t> target) {
        direct = target;
        return target.has_value();
    });
    return direct;
}

}  // namespace symline::process
