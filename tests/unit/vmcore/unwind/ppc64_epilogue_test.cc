#include "vmcore/unwind/ppc64_epilogue.h"

#include <doctest/doctest.h>

#include "vmcore/dump_image.h"

using namespace symline;
using namespace symline::vmcore;
using namespace symline::test;

namespace {

constexpr std::uint64_t kCode = 0xc000000000010000;

/// Where in these instructions the frame is known to be left.
std::vector<std::size_t> left(const std::vector<std::uint32_t>& code) {
    std::vector<std::size_t> all;
    for (const bool big_endian : {false, true}) {
        FakeMemory memory(big_endian);
        for (std::size_t i = 0; i < code.size(); ++i) memory.word(kCode + 4 * i, code[i], 4);
        std::vector<std::size_t> found;
        for (std::size_t i = 0; i < code.size(); ++i) {
            if (has_left_ppc64_frame(memory, kCode + 4 * i)) found.push_back(i);
        }
        if (big_endian) CHECK(found == all);
        all = found;
    }
    return all;
}

using Places = std::vector<std::size_t>;
constexpr std::uint32_t kSave = 0xf8010010, kPush = 0xf821ffd1, kCall = 0x48000101;
constexpr std::uint32_t kPop = 0x38210030, kLoad = 0xe8010010, kToLink = 0x7c0803a6;
constexpr std::uint32_t kReturn = 0x4e800020, kNop = 0x60000000, kFromLink = 0x7c0802a6;
constexpr std::uint32_t kBranchIfEqual = 0x41820010, kJump = 0x48000040;

}  // namespace

TEST_CASE("ppc64 epilogues: between the end of the frame and the return address") {
    // mflr r0; std r0,16(r1); stdu r1,-48(r1); bl; addi r1,r1,48; ld r0,16(r1); ld r31,-8(r1);
    // mtlr r0; blr
    CHECK(left({kFromLink, kSave, kPush, kCall, kPop, kLoad, 0xebe1fff8, kToLink, kReturn}) ==
          Places{5, 6, 7});
    // Another register; the back chain in place of a number.
    CHECK(left({kCall, kPop, 0xe9810010, kNop, 0x7d8803a6, kReturn}) == Places{2, 3, 4});
    CHECK(left({kCall, 0xe8210000, kLoad, kToLink, kReturn}) == Places{2});
}

TEST_CASE("ppc64 epilogues: what code does not show") {
    // The return address is fetched before the frame is left: the link register has it.
    CHECK(left({kCall, 0xe8010040, kToLink, kPop, kReturn}).empty());
    // No frame, the return address in another register.
    CHECK(left({0x7d4802a6, 0x429f0005, 0x7d4803a6, kReturn}).empty());
    // A leaf; a branch on the way; a call after it.
    CHECK(left({kNop, kNop, kReturn}).empty());
    CHECK(left({kPop, kLoad, kBranchIfEqual, kToLink, kReturn}) == Places{});
    CHECK(left({kPop, kLoad, kToLink, kJump}).empty());
    // The end of the code, and nothing but no-ops.
    CHECK(left({kPop, kLoad, kToLink}).empty());
    CHECK(left(std::vector<std::uint32_t>(100, kNop)).empty());
    // It is moved: back to a frame that a pointer of its own leads to, and on.
    for (const std::uint32_t change : {0x7fe1fb78U, 0x7c21fa14U, 0x3821ff00U, 0xe8210000U}) {
        CHECK(left({kNop, kToLink, change, kReturn}).empty());
    }
    CHECK(left({kCall, 0x7fe1fb78, kNop, kToLink, kReturn}).empty());
}
