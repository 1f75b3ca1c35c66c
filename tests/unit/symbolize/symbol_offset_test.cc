#include <doctest/doctest.h>

#include <optional>

#include "symline/symbol.h"

using symline::SymbolOffset;

TEST_CASE("name+offset/size is taken apart as scripts/faddr2line does") {
    using Size = std::optional<std::uint64_t>;
    const struct {
        const char* text;
        const char* name;
        std::uint64_t offset;
        Size size;
    } cases[] = {
        {"f+1", "f", 1, {}},
        {"f+0x1f/0x20", "f", 0x1f, 0x20},
        {"f+0X1F/0X2a", "f", 0x1f, 0x2a},
        {"f+10/20", "f", 10, 20},
        {"f+010/020", "f", 8, 16},
        {"f+0", "f", 0, {}},
        {"f+00", "f", 0, {}},
        {"f+0/0", "f", 0, 0},
        {"f+1/", "f", 1, {}},
        {"f+-1", "f", ~0ULL, {}},
        {"f+-0x10/0x20", "f", ~0ULL - 15, 0x20},
        {"f+-010", "f", ~0ULL - 7, {}},
        {"f+18446744073709551616", "f", 0, {}},
        {"f+0x1ffffffffffffffff", "f", ~0ULL, {}},
        {"f.cold+2", "f.cold", 2, {}},
        {"a b+1", "a b", 1, {}},
        // The name ends at the last '+', the offset begins after the first.
        {"operator++0x10/0x20", "operator+", 0x10, 0x20},
        {"f++1", "f+", 1, {}},
    };
    for (const auto& each : cases) {
        CAPTURE(each.text);
        const auto place = SymbolOffset::parse(each.text);
        REQUIRE(place);
        CHECK(place->name == each.name);
        CHECK(place->offset == each.offset);
        CHECK(place->size == each.size);
    }
}

TEST_CASE("what is not of this form") {
    for (const char* text :
         {"",     "f",    "f+",    "+5",      "f/5",    "f-1",    "+",      "/",
          "f+/5", "f+zz", "f+08",  "f+0x",    "f+1/zz", "f+1/0x", "f+1/08", "f+ 1",
          "f+1 ", "f+1x", "f+1+2", "f+1/2/3", "f+-",    "--list"}) {
        CAPTURE(text);
        CHECK_FALSE(SymbolOffset::parse(text));
    }
}
