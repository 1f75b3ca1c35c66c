#include "vmcore/unwind/ppc64_epilogue.h"

#include <algorithm>
#include <array>

namespace symline::vmcore {
namespace {

/// Ends of functions that restore all registers have about 25.
constexpr unsigned kMaxInstructions = 40;

struct Pattern {
    std::uint32_t mask, value;
    bool fits(std::uint32_t code) const { return (code & mask) == value; }
};

constexpr std::uint32_t kReturn = 0x4e800020;
constexpr Pattern kMoveToLink{0xfc1fffff, 0x7c0803a6};                              // mtlr rX
constexpr Pattern kLoadReturn{0xfc1fffff, 0xe8010010};                              // ld rX,16(r1)
constexpr Pattern kFrameIsLeft{0xffff8000, 0x38210000};                             // addi r1,r1,N
constexpr std::array<Pattern, 5> kStackPointerChanges{{{0xffff0000, 0x38210000},    // addi r1,r1,N
                                                       {0xffff0003, 0xf8210001},    // stdu r1,N(r1)
                                                       {0xffe00000, 0xe8200000},    // ld r1,N(rX)
                                                       {0xfc1f07fe, 0x7c010378},    // mr r1,rX
                                                       {0xffe007fe, 0x7c200214}}};  // add r1,rX,rY
constexpr std::array<Pattern, 5> kBranches{{{0xfc000000, 0x40000000},               // bc
                                            {0xfc000000, 0x44000000},               // sc
                                            {0xfc000000, 0x48000000},               // b, bl
                                            {0xfc0007fe, 0x4c000020},               // bclr
                                            {0xfc0007fe, 0x4c000420}}};             // bcctr

bool is_any(const auto& patterns, std::uint32_t code) {
    return std::ranges::any_of(patterns, [&](const Pattern& each) { return each.fits(code); });
}

std::uint32_t register_of(std::uint32_t code) {
    return (code >> 21) & 31;
}

/// What comes before, in a straight line, takes a frame down.
bool comes_after_frame(const KernelBytes& memory, std::uint64_t address) {
    for (unsigned i = 1; i <= kMaxInstructions; ++i) {
        const auto code = memory.value<std::uint32_t>(address - std::uint64_t{4} * i);
        if (!code || is_any(kBranches, *code)) return false;
        if (is_any(kStackPointerChanges, *code)) return kFrameIsLeft.fits(*code);
    }
    return false;
}

}  // namespace

bool has_left_ppc64_frame(const KernelBytes& memory, std::uint64_t address) {
    std::uint32_t loaded = 0;  // a bit for each register that holds the return address
    bool is_fetched = false, is_known = false;
    for (unsigned i = 0; i < kMaxInstructions; ++i) {
        const auto code = memory.value<std::uint32_t>(address + std::uint64_t{4} * i);
        if (!code || is_any(kStackPointerChanges, *code)) return false;
        if (*code == kReturn) return is_fetched && (is_known || comes_after_frame(memory, address));
        if (is_any(kBranches, *code)) return false;
        if (kLoadReturn.fits(*code)) loaded |= 1U << register_of(*code);
        if (kMoveToLink.fits(*code)) {
            is_fetched = true;
            is_known = ((loaded >> register_of(*code)) & 1) != 0;
        }
    }
    return false;
}

}  // namespace symline::vmcore
