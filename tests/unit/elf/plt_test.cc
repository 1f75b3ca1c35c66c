#include "elf/plt.h"

#include <doctest/doctest.h>

#include "support/files.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

/// "address name" of every stub of a fixture, as lookups find them.
std::vector<std::string> stubs(const std::string& name) {
    const auto module = Module::open(fixture(name));
    REQUIRE(module);
    std::vector<std::string> all;
    for (const Section& section : module->sections().all()) {
        if (!elf::PltStubs::is_plt(section)) continue;
        for (std::uint64_t offset = 0; offset < section.size; ++offset) {
            const auto answer = module->lookup({section.address.value + offset});
            REQUIRE(answer);
            if (answer->frames.empty()) continue;
            const Frame& frame = answer->frames[0];
            CHECK(frame.name_source == NameSource::symbol_table);
            REQUIRE(frame.start);
            const std::string text = std::to_string(frame.start->value - section.address.value) +
                                     " " + std::string(frame.name);
            if (all.empty() || all.back() != text) all.push_back(text);
        }
    }
    return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("stubs have the names of what they jump to") {
    CHECK(stubs("plt-bfd.so") == Names{"16 far_away@plt", "32 near_by@plt", "0 taken@plt"});
    CHECK(stubs("plt-i386.so") == Names{"16 far_away@plt", "32 near_by@plt", "0 taken@plt"});
    CHECK(stubs("plt-lld.so") == Names{"16 near_by@plt", "32 far_away@plt", "48 taken@plt"});
    CHECK(stubs("plt-aarch64.so") == Names{"32 near_by@plt", "48 far_away@plt", "64 taken@plt"});
}

TEST_CASE("stubs after a landing pad for indirect branches") {
    CHECK(stubs("plt-ibt.so") == Names{"0 taken@plt", "0 far_away@plt", "16 near_by@plt"});
    CHECK(stubs("plt-bti.so") == Names{"32 near_by@plt", "56 far_away@plt", "80 taken@plt"});
}

TEST_CASE("a file without stubs") {
    const auto file = elf::ElfFile::open(fixture("c-gcc-dwarf5"));
    REQUIRE(file);
    CHECK(elf::PltStubs::of(*file).size() == 0);
    CHECK(elf::PltStubs::of(*file).at(FileAddress{0}) == nullptr);
}
