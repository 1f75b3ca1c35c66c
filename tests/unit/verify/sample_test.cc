#include "verify/sample.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/files.h"

using namespace symline;
using namespace symline::verify;

namespace {

Module fixture(const char* name) {
    auto module = Module::open(test::fixture(name));
    REQUIRE(module);
    return *std::move(module);
}

bool holds(const Sample& sample, std::uint64_t address) {
    return std::ranges::find(sample.addresses, FileAddress{address}) != sample.addresses.end();
}

}  // namespace

TEST_CASE("sample: both ends of every row of a small file") {
    const Module module = fixture("c-gcc-dwarf5");
    const Sample sample = sample_of(module, {});
    CHECK(sample.every_row);
    CHECK(std::ranges::is_sorted(sample.addresses));
    // scaled.constprop.0 begins at 0x4a1200; its last byte is one before the next row's first.
    CHECK(holds(sample, 0x4a1200));
    for (const FileAddress address : sample.addresses) {
        const auto place = module.sections().offset_of(address);
        REQUIRE(place);
        CHECK(place->section->executable());
    }
    const auto rows = std::ranges::count_if(
        sample.addresses, [&](FileAddress address) { return holds(sample, address.value - 1); });
    CHECK(rows > 100);
}

TEST_CASE("sample: a choice of a file that has more") {
    const Module module = fixture("c-gcc-dwarf5");
    const Sample some = sample_of(module, {.addresses = 50, .seed = 7});
    CHECK_FALSE(some.every_row);
    CHECK(some.addresses.size() > 30);
    CHECK(some.addresses.size() <= 50);
    CHECK(some.addresses == sample_of(module, {.addresses = 50, .seed = 7}).addresses);
    CHECK(some.addresses != sample_of(module, {.addresses = 50, .seed = 8}).addresses);
    for (const FileAddress address : some.addresses) {
        CHECK_FALSE(module.lookup(address)->frames.empty());
    }
}

TEST_CASE("sample: sections of a relocatable file, and a file without functions") {
    const Module module = fixture("mini-module.ko");
    std::vector<std::string_view> sections;
    for (const FileAddress address : sample_of(module, {}).addresses) {
        const auto place = module.sections().offset_of(address);
        REQUIRE(place);
        if (sections.empty() || sections.back() != place->section->name)
            sections.push_back(place->section->name);
    }
    CHECK(std::ranges::find(sections, ".text.unlikely") != sections.end());
    CHECK(std::ranges::find(sections, ".init.text") != sections.end());
    CHECK(sample_of(fixture("cxx-dwz-alt.sup"), {}).addresses.empty());
}
