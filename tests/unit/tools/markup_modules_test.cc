// The modules and mappings of symbolizer markup.
#include <doctest/doctest.h>

#include "tools/markup_modules.h"

using namespace symline;
using namespace symline::tools;

TEST_CASE("mappings of markup do not overlap, and are found by their addresses") {
    MarkupModules modules;
    CHECK(modules.empty());
    const MarkupModule* module = modules.add({7, "a.so", *BuildId::parse("ab")});
    REQUIRE(module != nullptr);
    CHECK(modules.add({7, "b.so", *BuildId::parse("cd")}) == nullptr);
    CHECK(modules.module(7) == module);
    CHECK(modules.module(8) == nullptr);
    const auto mapping = [&](std::uint64_t begin, std::uint64_t size) {
        return MarkupMapping{begin, size, module, "r", 0};
    };
    modules.add(mapping(0x100, 0x10));
    for (const auto [begin, size] :
         {std::pair{0x100, 1}, {0xf0, 0x11}, {0x10f, 1}, {0x0, 0x1000}}) {
        CHECK(modules.overlapping(mapping(static_cast<std::uint64_t>(begin),
                                          static_cast<std::uint64_t>(size))) != nullptr);
    }
    CHECK(modules.overlapping(mapping(0xf0, 0x10)) == nullptr);
    CHECK(modules.overlapping(mapping(0x110, ~std::uint64_t{0})) == nullptr);
    CHECK(modules.containing(0xff) == nullptr);
    CHECK(modules.containing(0x100) != nullptr);
    CHECK(modules.containing(0x10f) != nullptr);
    CHECK(modules.containing(0x110) == nullptr);
    modules.clear();
    CHECK(modules.empty());
    CHECK(modules.containing(0x100) == nullptr);
}

TEST_CASE("a log cannot announce modules without end") {
    MarkupModules modules;
    for (std::uint64_t i = 0; i < MarkupModules::kMaxModules; ++i) {
        CHECK_FALSE(modules.full());
        modules.add(MarkupModule{.number = i, .name = {}, .build_id = {}});
    }
    CHECK(modules.full());
}
