#include "symbolize/mini_debug_info.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/files.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

struct Named {
    std::string name;
    NameSource source = NameSource::none;
};

Named name_at(const Module& module, std::uint64_t address) {
    const auto lookup = module.lookup({address});
    REQUIRE(lookup);
    if (lookup->frames.empty()) return {};
    return {std::string(lookup->frames[0].name), lookup->frames[0].name_source};
}

}  // namespace

TEST_CASE("MiniDebugInfo names the functions that .dynsym lacks, and says so") {
    const auto module = Module::open(fixture("minidebuginfo.so"));
    REQUIRE(module);
    CHECK(name_at(*module, 0x71050).name == "die");
    CHECK(name_at(*module, 0x71050).source == NameSource::minidebuginfo);
    CHECK(name_at(*module, 0x71190).name == "drain_all");
    CHECK(name_at(*module, 0x71190).source == NameSource::symbol_table);
    CHECK(module->symbols().named("drain.part.0")->size() == 1);
    CHECK(module->symbols().named("drain_all")->size() == 1);
    const auto symbol = module->symbols().at({0x71080});
    REQUIRE((symbol && *symbol));
    CHECK((*symbol)->name == "scaled.constprop.0");
}

TEST_CASE("a partial table answers inside of sized symbols only") {
    const auto module = Module::open(fixture("stripped-dynsym.so"));
    REQUIRE(module);
    CHECK(name_at(*module, 0x710d0).name == "check");
    CHECK(name_at(*module, 0x710e8).name == "check");
    CHECK(name_at(*module, 0x710e9).name.empty());
    CHECK(name_at(*module, 0x71050).name.empty());
}

TEST_CASE("a file without it, and one whose packed part is damaged") {
    const auto plain = elf::ElfFile::open(fixture("stripped-dynsym.so"));
    REQUIRE(plain);
    CHECK(symbolize::MiniDebugInfo::of(*plain) == nullptr);
    const TemporaryFolder folder;
    auto bytes = read_whole(fixture("minidebuginfo.so"));
    const std::string magic("\xfd\x37zXZ", 5);
    const auto at =
        std::search(bytes.begin(), bytes.end(), magic.begin(), magic.end(),
                    [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); });
    REQUIRE(at != bytes.end());
    std::fill(at + 40, at + 80, std::uint8_t{0x55});
    const auto module = Module::open(folder.write("damaged.so", bytes));
    REQUIRE(module);
    CHECK(name_at(*module, 0x71050).name.empty());
    CHECK(name_at(*module, 0x71190).name == "drain_all");
}
