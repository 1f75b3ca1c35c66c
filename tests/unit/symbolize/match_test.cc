#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>

#include "support/elf_builder.h"
#include "support/files.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

constexpr std::uint64_t kText = 0x401000;

Module module_of(const TemporaryFolder& folder, std::uint16_t type) {
    ElfBuilder builder({}, type);
    builder.add_code(".text", kText, 0x100);
    builder.add_code(".init.text", kText + 0x1000, 0x40);
    const std::uint64_t base = type == ET_REL ? 0 : kText;
    const std::uint64_t init = type == ET_REL ? 0 : kText + 0x1000;
    builder.add_symbol(
        {.name = "dup", .value = base + 0x20, .size = 8, .section = 1, .binding = STB_LOCAL});
    builder.add_symbol({.name = "next", .value = base + 0x30, .size = 8, .section = 1});
    builder.add_symbol({.name = "dup", .value = init, .size = 8, .section = 2, .type = STT_OBJECT});
    builder.add_symbol({.name = "absolute", .value = 5, .section = SHN_ABS, .reserved = true});
    builder.add_symbol({.name = "file.c", .section = SHN_ABS, .type = STT_FILE, .reserved = true});
    builder.add_symbol({.name = "outside", .section = 0});
    auto module = Module::open(folder.write("program", builder.build()));
    REQUIRE(module);
    return std::move(*module);
}

}  // namespace

TEST_CASE("every symbol of the name is judged, in the order of the table") {
    const TemporaryFolder folder;
    for (const std::uint16_t type : {ET_EXEC, ET_DYN, ET_REL}) {
        const Module module = module_of(folder, type);
        const auto text = module.sections().named(".text")->address.value;
        const auto init = module.sections().named(".init.text")->address.value;
        const auto both = module.symbols().match({"dup", 4, {}});
        REQUIRE(both);
        REQUIRE(both->size() == 2);
        CHECK((*both)[0].outcome == MatchOutcome::matched);
        CHECK((*both)[0].size == 0x10);
        CHECK((*both)[0].address.value == text + 0x24);
        CHECK((*both)[0].symbol.binding == SymbolBinding::local);
        CHECK((*both)[1].outcome == MatchOutcome::matched);
        CHECK((*both)[1].size == 0x40);
        CHECK((*both)[1].address.value == init + 4);
    }
}

TEST_CASE("the outcomes") {
    const TemporaryFolder folder;
    const Module module = module_of(folder, ET_EXEC);
    const struct {
        const char* what;
        SymbolOffset place;
        MatchOutcome first, second;
    } cases[] = {
        {"size of the first", {"dup", 0, 0x10}, MatchOutcome::matched, MatchOutcome::size_mismatch},
        {"size of the second",
         {"dup", 0, 0x40},
         MatchOutcome::size_mismatch,
         MatchOutcome::matched},
        {"st_size is not the size",
         {"dup", 0, 8},
         MatchOutcome::size_mismatch,
         MatchOutcome::size_mismatch},
        {"size 0 is a size",
         {"dup", 0, 0},
         MatchOutcome::size_mismatch,
         MatchOutcome::size_mismatch},
        {"offset == size", {"dup", 0x10, {}}, MatchOutcome::matched, MatchOutcome::matched},
        {"offset beyond", {"dup", 0x11, {}}, MatchOutcome::offset_too_large, MatchOutcome::matched},
        {"beyond both",
         {"dup", 0x41, {}},
         MatchOutcome::offset_too_large,
         MatchOutcome::offset_too_large},
        {"size before offset",
         {"dup", 0x99, 8},
         MatchOutcome::size_mismatch,
         MatchOutcome::size_mismatch},
        {"a negative offset", {"dup", ~0ULL, {}}, MatchOutcome::matched, MatchOutcome::matched},
    };
    for (const auto& each : cases) {
        CAPTURE(each.what);
        const auto matches = module.symbols().match(each.place);
        REQUIRE(matches->size() == 2);
        CHECK((*matches)[0].outcome == each.first);
        CHECK((*matches)[1].outcome == each.second);
    }
    CHECK(module.symbols().match({"dup", ~0ULL, {}})->at(0).address.value == kText + 0x1f);
}

TEST_CASE("symbols that are in no section, and names that are no symbol's") {
    const TemporaryFolder folder;
    const Module module = module_of(folder, ET_EXEC);
    for (const char* name : {"absolute", "file.c", "outside"}) {
        CAPTURE(name);
        const auto matches = module.symbols().match({name, 0, {}});
        REQUIRE(matches->size() == 1);
        CHECK((*matches)[0].outcome == MatchOutcome::no_section);
    }
    for (const char* name : {"", "du", "dup.cold", "Dup"}) {
        CAPTURE(name);
        REQUIRE(module.symbols().match({name, 0, {}}));
        CHECK(module.symbols().match({name, 0, {}})->empty());
    }
}

TEST_CASE("symbols through the module") {
    const TemporaryFolder folder;
    const Module module = module_of(folder, ET_REL);
    const auto dup = module.symbols().named("dup");
    REQUIRE(dup);
    REQUIRE(dup->size() == 2);
    CHECK(module.symbols().kallsyms_size((*dup)[0]) == 0x10);
    CHECK(module.symbols().kallsyms_size((*dup)[1]) == 0x40);
    Symbol foreign = (*dup)[0];
    foreign.section = 99999;
    const auto no_size = module.symbols().kallsyms_size(foreign);
    REQUIRE_FALSE(no_size);
    CHECK(no_size.error().code == ErrorCode::no_such_section);
    const auto at = module.symbols().at({module.sections().named(".text")->address.value + 0x31});
    REQUIRE(at);
    REQUIRE(*at);
    CHECK((*at)->name == "next");
    const auto none = module.symbols().at({module.sections().named(".text")->address.value});
    REQUIRE(none);
    CHECK_FALSE(*none);
}

TEST_CASE("the kernel-like fixtures: static functions of one name") {
    for (const char* name : {"mini-vmlinux-gcc", "mini-vmlinux-clang"}) {
        const auto module = Module::open(fixture(name));
        REQUIRE(module);
        for (const char* twice : {"setup", "probe_one", "first_init", "reset"}) {
            CAPTURE(twice);
            const auto matches = module->symbols().match({twice, 1, {}});
            REQUIRE(matches);
            REQUIRE(matches->size() == 2);
            for (const SymbolMatch& match : *matches) {
                CHECK(match.outcome == MatchOutcome::matched);
                const auto frames = module->lookup(match.address)->frames;
                REQUIRE_FALSE(frames.empty());
                CHECK(frames.back().name == twice);
            }
        }
    }
}

TEST_CASE("names that a kernel made by clang cuts, where no symbol of the whole name is meant") {
    const auto module = Module::open(fixture("mini-vmlinux-thinlto"));
    REQUIRE(module);
    const auto places = [&](const SymbolOffset& place) {
        std::string text;
        const auto matches = module->symbols().match(place);
        REQUIRE(matches);
        for (const SymbolMatch& each : *matches) {
            text += each.symbol.name.contains(".llvm.") ? "cut" : "whole";
            text += each.outcome == MatchOutcome::matched ? " matched " : " refused ";
        }
        return text;
    };
    // "setup" is 9 bytes, "setup.llvm.N" 0x20.
    CHECK(places({"setup", 5, {}}) == "whole matched ");
    CHECK(places({"setup", 5, 9}) == "whole matched ");
    CHECK(places({"setup", 5, 0x20}) == "cut matched ");
    CHECK(places({"setup", 5, 0x21}) == "whole refused ");
    CHECK(places({"setup", 10, {}}) == "whole refused ");
    CHECK(places({"set", 5, 0x20}).empty());
    CHECK(places({"setup.", 5, 0x20}).empty());
    CHECK(places({"setup.llvm", 5, 0x20}).empty());
    const auto cfi = Module::open(fixture("mini-vmlinux-cfi"));
    REQUIRE(cfi);
    REQUIRE(cfi->symbols().named("setup.llvm.7581549461294134036"));
    CHECK(cfi->symbols().match({"setup", 5, 0x20})->size() == 1);
}

TEST_CASE("a symbol that another one begins inside of has two sizes, and either agrees") {
    const auto module = Module::open(fixture("mini-vmlinux-nested"));
    REQUIRE(module);
    const auto size = [&](std::uint64_t offset,
                          std::optional<std::uint64_t> wanted) -> std::optional<std::uint64_t> {
        const auto matches = module->symbols().match({"copy_user", offset, wanted});
        REQUIRE(matches);
        REQUIRE(matches->size() == 1);
        if (matches->front().outcome != MatchOutcome::matched) return std::nullopt;
        return matches->front().size;
    };
    CHECK(size(4, 0x10) == 0x10);
    CHECK(size(4, 0x8) == 0x8);
    CHECK(size(8, 0x8) == 0x8);
    CHECK(size(4, {}) == 0x10);
    CHECK(size(0xf, 0x10) == 0x10);
    CHECK_FALSE(size(9, 0x8));
    for (const std::uint64_t other : {0x7, 0x9, 0xf, 0x11}) CHECK_FALSE(size(4, other));
}
