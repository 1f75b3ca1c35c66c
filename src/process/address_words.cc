#include "process/address_words.h"

#include <algorithm>
#include <string_view>

#include "elf/constants.h"

namespace symline::process {
namespace {

/// vm.mmap_min_addr: nothing is mapped below, so that a null pointer to a structure is seen.
constexpr std::uint64_t kNullEnd = 0x10000;
/// The kernel's page of code for very old programs, x86-64 alone.
constexpr std::uint64_t kVsyscall = 0xffffffffff600000;
/// How far after its program the heap may begin (arch_randomize_brk in the kernel).
constexpr std::uint64_t kMaxHeapDistance = std::uint64_t{1} << 30;

/// Bits from `from` on: all the same in a canonical address.
bool upper_bits_differ(std::uint64_t address, unsigned from, unsigned to) {
    const std::uint64_t mask = (~std::uint64_t{0} >> (63 - to)) & (~std::uint64_t{0} << from);
    return (address & mask) != 0 && (address & mask) != mask;
}

/// Addresses that no process has, whatever is mapped; empty for the others.
std::string_view impossible(std::uint16_t machine, unsigned word_size, std::uint64_t address) {
    if (word_size != 8) return {};
    constexpr std::string_view kNotCanonical = "not a canonical address";
    constexpr std::string_view kKernel = "an address of the kernel";
    if (machine == elf::kX86_64) {
        // Of five levels of page tables: no processor has more.
        if (upper_bits_differ(address, 56, 63)) return kNotCanonical;
        if (address >> 63 == 0) return {};
        return address - kVsyscall < 0x1000 ? std::string_view("the kernel's vsyscall page")
                                            : kKernel;
    }
    if (machine == elf::kArm64) {
        // The top byte may be a tag; addresses have 52 bits at most.
        if (upper_bits_differ(address, 52, 55)) return kNotCanonical;
        if ((address >> 55 & 1) != 0) return kKernel;
    }
    return {};
}

/// How far from its stack pointer a function uses its stack: most compilers probe each page of a
/// larger frame. AddressSanitizer takes the same for an overflow.
constexpr std::uint64_t kStackReach = 0x10000;

}  // namespace

AddressWords::AddressWords(const Snapshot& process) : process_(process) {
    const auto* facts = machine_facts(process.machine, process.format.size);
    if (facts == nullptr) return;
    for (const CoreThread& each : process.threads) {
        if (!each.registers) continue;
        if (const auto sp = each.registers->by_number(facts->stack_pointer)) {
            stack_pointers_.emplace_back(*sp, each.tid);
        }
    }
    std::ranges::sort(stack_pointers_);
}

Miss AddressWords::describe(std::uint64_t address) const {
    const auto not_mapped = [](std::string_view words) {
        return Miss(Miss::not_mapped, std::string(words));
    };
    if (address == 0) return not_mapped("a null pointer");
    if (const auto* segment = segment_at(process_.segments, address)) {
        return describe_in_memory(*segment);
    }
    if (address < kNullEnd) return not_mapped("near a null pointer");
    const auto words = impossible(process_.machine, process_.format.size, address);
    if (!words.empty()) return not_mapped(words);
    // Where the core has lost its program headers, what was mapped is not known.
    return not_mapped(process_.segments.empty() ? "in no mapped file" : "not mapped");
}

Miss AddressWords::describe_in_memory(const CoreSegment& segment) const {
    if (segment.flags == 0) return {Miss::not_mapped, "in memory that allows no access"};
    const auto stack = std::ranges::lower_bound(stack_pointers_, std::pair(segment.address, 0));
    std::string where;
    if (stack != stack_pointers_.end() && segment.contains(stack->first)) {
        where = "on the stack of thread " + std::to_string(stack->second);
    } else if (is_heap(segment)) {
        where = "in the heap";
    }
    if (!segment.executable()) {
        return {Miss::not_mapped, where.empty() ? "data in anonymous memory" : where};
    }
    if (!where.empty()) return {Miss::anonymous_code, where + ", which is executable"};
    // Without a list of files, the code of all of them is anonymous.
    if (process_.mappings.empty()) {
        return {Miss::not_mapped, "in executable memory of an unknown file"};
    }
    return Miss::anonymous_code;
}

/// The first memory after the program that is of no file. The kernel joins it with the program's
/// own, which the file does not fill.
bool AddressWords::is_heap(const CoreSegment& segment) const {
    if (!segment.name.empty()) return segment.name == "[heap]";
    const auto& mappings = process_.mappings;
    const auto& program = process_.facts.program;
    if (program.empty() || !segment.writable()) return false;
    const auto next =
        std::ranges::upper_bound(mappings, RuntimeAddress{segment.address}, {}, &Mapping::begin);
    if (next == mappings.begin() || std::prev(next)->path != program) return false;
    const auto end = std::prev(next)->end.value;
    if (segment.address < end || segment.address - end > kMaxHeapDistance) return false;
    const auto first = std::ranges::lower_bound(process_.segments, end, {}, &CoreSegment::address);
    return first != process_.segments.end() && first->address == segment.address;
}

std::string AddressWords::describe_fault(std::uint64_t address, const CoreThread& thread) const {
    if (is_beyond_stack(address, thread)) {
        return "beyond the stack of thread " + std::to_string(thread.tid);
    }
    const auto* segment = segment_at(process_.segments, address);
    if (segment == nullptr && address >= kNullEnd) {
        return std::string(impossible(process_.machine, process_.format.size, address));
    }
    if (mapping_at(process_.mappings, {address}) != nullptr) return {};
    return describe(address).detail;
}

/// A stack overflow: near the stack pointer, and below the memory that it is in, or came from if it
/// has left that as well.
bool AddressWords::is_beyond_stack(std::uint64_t address, const CoreThread& thread) const {
    const auto* facts = machine_facts(process_.machine, process_.format.size);
    if (facts == nullptr || !thread.registers) return false;
    const auto sp = thread.registers->by_number(facts->stack_pointer);
    if (!sp || std::max(address, *sp) - std::min(address, *sp) >= kStackReach) return false;
    const auto* there = segment_at(process_.segments, address);
    if (there != nullptr && there->writable()) return false;
    const auto* stack = segment_at(process_.segments, *sp);
    if (stack == nullptr || !stack->writable()) {
        const auto above =
            std::ranges::upper_bound(process_.segments, *sp, {}, &CoreSegment::address);
        stack = above == process_.segments.end() ? nullptr : &*above;
    }
    return stack != nullptr && stack->writable() && address < stack->address &&
           stack->address - address < kStackReach;
}

std::optional<bool> AddressWords::is_code(std::uint64_t address) const {
    const auto* segment = segment_at(process_.segments, address);
    if (segment == nullptr) return std::nullopt;
    return segment->executable();
}

}  // namespace symline::process
