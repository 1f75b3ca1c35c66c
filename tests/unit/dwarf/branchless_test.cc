#include "dwarf/branchless.h"

#include <doctest/doctest.h>

#include <cstdint>

using namespace symline::dwarf;

namespace {

constexpr std::uint64_t kNumbers[] = {0,
                                      1,
                                      2,
                                      0x7f,
                                      0x80,
                                      0xffff'ffff,
                                      0x1'0000'0000,
                                      0x7fff'ffff'ffff'ffff,
                                      0x8000'0000'0000'0000,
                                      UINT64_MAX};

}  // namespace

TEST_CASE("choices without a branch are those that a branch makes") {
    for (const std::uint64_t a : kNumbers) {
        for (const std::uint64_t b : kNumbers) {
            for (const bool condition : {false, true}) {
                CHECK(select(mask_of(condition), a, b) == (condition ? a : b));
            }
            if (a > b) continue;
            for (const std::uint64_t value : kNumbers) {
                CHECK(within(a, value, b) == (a <= value && value <= b));
            }
        }
    }
}
