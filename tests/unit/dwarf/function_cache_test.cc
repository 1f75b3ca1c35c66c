// A function that was read as a whole has the frames that its addresses have when each is looked up
// by itself.
#include "dwarf/function_cache.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "support/files.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

std::string text_of(const std::vector<Frame>& frames) {
    std::string text;
    for (const Frame& frame : frames) {
        (text += frame.name) += ' ';
        (text += frame.linkage_name) += ' ';
        (text += frame.location.file) += ' ';
        for (const std::uint32_t number :
             {frame.location.compilation_directory_size, frame.location.line, frame.location.column,
              frame.location.discriminator, std::uint32_t{frame.inlined},
              static_cast<std::uint32_t>(frame.name_source)}) {
            text += std::to_string(number) + ' ';
        }
        text += '\n';
    }
    return text;
}

std::vector<FileAddress> addresses_of(const Module& module) {
    constexpr std::uint64_t most = 1 << 15;
    std::vector<FileAddress> addresses;
    for (const Section& section : module.sections().all()) {
        if (!section.allocated() || !section.executable()) continue;
        for (std::uint64_t offset = 0; offset < std::min(section.size, most); ++offset) {
            addresses.push_back(FileAddress{section.address.value + offset});
        }
    }
    return addresses;
}

/// With declarations wanted, no function is read as a whole.
std::string alone(const Module& module, FileAddress address) {
    const auto lookup = module.lookup(address, Detail::declarations);
    return lookup ? text_of(lookup->frames) : "error";
}

}  // namespace

TEST_CASE("every address of every fixture: one after the other, and together") {
    std::size_t compared = 0, repeated_answers = 0;
    for (const auto& entry : std::filesystem::directory_iterator(fixture(""))) {
        const std::string path = entry.path().string();
        if (!entry.is_regular_file() || !Module::open(path)) continue;
        CAPTURE(path);
        const auto reference = Module::open(path), together = Module::open(path);
        // No unit stays, but the one that the function is of.
        const auto in_order = Module::open(path, {.cache_size = 0});
        const auto addresses = addresses_of(*reference);
        std::vector<std::string> expected, batch(addresses.size());
        expected.reserve(addresses.size());
        for (const FileAddress address : addresses) {
            expected.push_back(alone(*reference, address));
            const auto lookup = in_order->lookup(address);
            INFO("address " << address.value);
            REQUIRE((lookup ? text_of(lookup->frames) : "error") == expected.back());
        }
        if (!addresses.empty()) {
            CHECK(in_order->lookup_all(std::span(addresses).first(1)).size() == 1);
            const auto lookup = in_order->lookup(addresses.back());
            CHECK((lookup ? text_of(lookup->frames) : "error") == expected.back());
        }
        std::string last;
        together->lookup_many(addresses, Detail::frames, 1, [&](const Answer& answer) {
            batch[answer.index] = answer.lookup ? text_of(answer.lookup->frames) : "error";
            if (answer.same_as_previous) CHECK(batch[answer.index] == last);
            repeated_answers += answer.same_as_previous ? 1 : 0;
            last = batch[answer.index];
        });
        CHECK(batch == expected);
        compared += addresses.size();
    }
    CHECK(compared > 40000);
    CHECK(repeated_answers > 5000);
}
