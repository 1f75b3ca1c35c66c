#include "decode/frame_resolver.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string>

#include "decode/decoded_places.h"

using namespace symline;

namespace {

/// Frames of one place that differ in their addresses, which are answered one by one.
std::string stack_of(std::size_t frames) {
    std::ostringstream text;
    text << std::hex;
    for (std::size_t i = 0; i < frames; ++i)
        text << " [<" << 0xffffffff81000010 + i * 0x1000 << ">] do_fork+0x10/0x30\n";
    return text.str();
}

std::size_t lookups_of(std::string_view text) {
    std::size_t lookups = 0;
    auto options = test::with_vmlinux();
    options.looked_up = [&](const Module&) { ++lookups; };
    Decoder decoder(std::move(options));
    CHECK(test::places(decoder, text).size() > 0);
    return lookups;
}

}  // namespace

TEST_CASE("frame resolver: the frames of a log with many stacks are looked up once") {
    constexpr std::size_t kFrames = 12'000;
    const std::string stack = stack_of(kFrames);
    CHECK(lookups_of(stack) == kFrames);
    CHECK(lookups_of(stack + stack) == kFrames);
}

TEST_CASE("frame resolver: more different frames than are remembered are answered all the same") {
    constexpr std::size_t kFrames = 40'000;
    auto options = test::with_vmlinux();
    Decoder decoder(std::move(options));
    const auto found = test::places(decoder, stack_of(kFrames));
    CHECK(found.size() == kFrames);
    CHECK(std::ranges::count(found, "kernel/fork.c:19") == static_cast<std::ptrdiff_t>(kFrames));
}
