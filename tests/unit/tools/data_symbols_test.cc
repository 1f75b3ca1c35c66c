#include "tools/data_symbols.h"

#include <doctest/doctest.h>

using namespace symline;
using namespace symline::tools;

namespace {

Symbol symbol(std::string_view name, std::uint64_t address, std::uint64_t size,
              SymbolType type = SymbolType::object) {
    Symbol made;
    made.name = name;
    made.address = FileAddress{address};
    made.value = address & 0xff;
    made.size = size;
    made.section = 1;
    made.type = type;
    made.binding = SymbolBinding::global;
    return made;
}

Symbol file(std::string_view name) {
    Symbol made;
    made.name = name;
    made.type = SymbolType::file;
    return made;
}

}  // namespace

TEST_CASE("of aliases the largest is shown, and of equal ones the last") {
    const DataSymbols symbols({symbol("small", 0x100, 4), symbol("b", 0x100, 8),
                               symbol("a", 0x100, 8), symbol("label", 0x100, 0, SymbolType::none),
                               symbol("section", 0x100, 80, SymbolType::section),
                               symbol("next", 0x108, 4)});
    CHECK(symbols.among_aliases(symbol("small", 0x100, 4)).name == "a");
    CHECK(symbols.among_aliases(symbol("next", 0x108, 4)).name == "next");
    CHECK(symbols.among_aliases(symbol("unlisted", 0x104, 4)).name == "unlisted");
}

TEST_CASE("a local symbol has the source file that stands before it") {
    Symbol local = symbol("local", 0x100, 4);
    local.binding = SymbolBinding::local;
    Symbol late = local;
    late.address = FileAddress{0x200};
    const DataSymbols symbols(
        {file("one.c"), local, file("two.c"), late, symbol("global", 0x300, 4)});
    CHECK(symbols.among_aliases(local).file == "one.c");
    CHECK(symbols.among_aliases(late).file == "two.c");
    CHECK(symbols.among_aliases(symbol("global", 0x300, 4)).file.empty());
}

TEST_CASE("an offset in any section of a relocatable file") {
    Symbol undefined = symbol("undefined", 0x0, 8);
    undefined.section.reset();
    const DataSymbols symbols({symbol("f", 0x100, 0x40, SymbolType::function),
                               symbol("data", 0x200, 4), symbol("inner", 0x202, 2),
                               symbol("bss", 0x310, 8), undefined});
    CHECK(symbols.at_offset(0)->name == "data");
    CHECK(symbols.at_offset(3)->name == "inner");
    CHECK(symbols.at_offset(4)->name == "f");
    CHECK(symbols.at_offset(0x17)->name == "bss");
    CHECK_FALSE(symbols.at_offset(0x40));
    CHECK_FALSE(symbols.at_offset(~std::uint64_t{0}));
}
