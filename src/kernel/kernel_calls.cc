#include "kernel/kernel_calls.h"

#include <cstdint>
#include <span>

#include "elf/constants.h"

namespace symline::kernel {
namespace {

constexpr std::uint64_t kMaxCallSize = 7;  ///< x86: FF /2 with SIB and a 32-bit displacement
constexpr std::uint64_t kNearCall = 5;     ///< x86: E8 and a 32-bit displacement

using Code = std::span<const std::uint8_t>;

bool is_x86(const Module& module) {
    return module.elf().machine() == elf::kX86_64 || module.elf().machine() == elf::kI386;
}

/// The last `size` bytes before an address; less or none where they are not in the file.
Code before(const Module& module, FileAddress address, std::uint64_t size) {
    if (address.value < size) return {};
    return module.sections().contents_at(FileAddress{address.value - size}, size);
}

std::uint32_t word(Code bytes) {
    return static_cast<std::uint32_t>(bytes[0]) | static_cast<std::uint32_t>(bytes[1]) << 8 |
           static_cast<std::uint32_t>(bytes[2]) << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
}

/// How long the FF /2 whose ModRM byte this is would be: opcode, ModRM, SIB, displacement.
std::size_t indirect_call_size(std::uint8_t modrm) {
    const unsigned mode = modrm >> 6;
    const unsigned base = modrm & 7;
    const std::size_t sib = mode != 3 && base == 4 ? 1 : 0;
    if (mode == 0) return 2 + sib + (base == 5 ? 4 : 0);
    return mode == 1 ? 3 + sib : mode == 2 ? 6 + sib : 2;
}

bool ends_with_x86_call(Code code) {
    const std::size_t size = code.size();
    if (size >= kNearCall && code[size - kNearCall] == 0xe8) return true;
    for (std::size_t length = 2; length <= size; ++length) {
        const std::uint8_t modrm = length >= 2 ? code[size - length + 1] : 0;
        if (code[size - length] != 0xff || (modrm >> 3 & 7) != 2) continue;
        const bool sib_disp32 = (modrm >> 6) == 0 && (modrm & 7) == 4 && length == 7;
        if (indirect_call_size(modrm) == length || sib_disp32) return true;
    }
    return false;
}

bool is_arm64_direct_call(std::uint32_t instruction) {
    return (instruction & 0xfc000000U) == 0x94000000U;  // BL
}

bool is_arm64_call(std::uint32_t instruction) {
    return is_arm64_direct_call(instruction) || (instruction & 0xfffffc1fU) == 0xd63f0000U;  // BLR
}

FileAddress moved(FileAddress address, std::int64_t distance) {
    return FileAddress{address.value + static_cast<std::uint64_t>(distance)};
}

}  // namespace

CallAt call_ends_at(const Module& module, FileAddress address) {
    if (is_x86(module)) {
        Code code = before(module, address, kMaxCallSize);
        if (code.size() < kMaxCallSize) code = before(module, address, kNearCall);
        if (code.size() < kNearCall) return CallAt::unknown;
        return ends_with_x86_call(code) ? CallAt::yes : CallAt::no;
    }
    if (module.elf().machine() != elf::kArm64 || module.elf().big_endian()) return CallAt::unknown;
    const Code code = before(module, address, 4);
    if (code.size() < 4) return CallAt::unknown;
    return is_arm64_call(word(code)) ? CallAt::yes : CallAt::no;
}

std::optional<ReferenceTarget> call_target(const Module& module, FileAddress address) {
    const bool x86 = is_x86(module);
    if (!x86 && (module.elf().machine() != elf::kArm64 || module.elf().big_endian()))
        return std::nullopt;
    const std::uint64_t size = x86 ? kNearCall : 4;
    const Code code = before(module, address, size);
    if (code.size() < size) return std::nullopt;
    const bool direct = x86 ? code[0] == 0xe8 : is_arm64_direct_call(word(code));
    if (!direct) return std::nullopt;
    // x86 counts from the end of the field, which ends the instruction; arm64 from the instruction.
    // Within a section the assembler may fill it in: then there is no relocation.
    if (const auto target =
            module.sections().reference_at(FileAddress{address.value - 4}, x86 ? 4 : 0)) {
        return target;
    }
    if (x86)
        return ReferenceTarget{moved(address, static_cast<std::int32_t>(word(code.subspan(1)))),
                               {}};
    const auto words = static_cast<std::int32_t>(word(code) << 6) >> 6;
    return ReferenceTarget{moved(address, std::int64_t{words} * 4 - 4), {}};
}

}  // namespace symline::kernel
