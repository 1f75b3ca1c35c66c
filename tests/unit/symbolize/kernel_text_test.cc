#include "symbolize/kernel_text.h"

#include <doctest/doctest.h>

using namespace symline;

TEST_CASE("kallsyms: the nearest symbol before an address, and its module") {
    const Kallsyms kallsyms(
        "ffffffff81000000 T _text\nffffffff81000010 t first\nffffffffc0001000 t "
        "work\t[some_mod]\n");
    const auto place = kallsyms.at(RuntimeAddress{0xffffffff81000018});
    REQUIRE(place);
    CHECK(place->name == "first");
    CHECK(place->offset == 8);
    CHECK(place->module.empty());
    const auto in_module = kallsyms.at(RuntimeAddress{0xffffffffc0001004});
    REQUIRE(in_module);
    CHECK(in_module->module == "some_mod");
    CHECK_FALSE(kallsyms.at(RuntimeAddress{0x1000}));
    CHECK(kallsyms.address_of("_text") == RuntimeAddress{0xffffffff81000000});
    CHECK_FALSE(kallsyms.address_of("work"));
    CHECK(kallsyms.module_with("work") == "some_mod");
    CHECK_FALSE(kallsyms.module_with("first"));
}

TEST_CASE("kallsyms: hidden addresses, absolute symbols and damaged lines are left out") {
    CHECK(Kallsyms("0000000000000000 T _text\n0000000000000000 t f\n").empty());
    CHECK(Kallsyms("0000000000001000 A fixed\nzz T x\nffffffff81000000\n\n").empty());
    CHECK_FALSE(Kallsyms("").at(RuntimeAddress{1}));
}

TEST_CASE("kallsyms: a name that two modules have says nothing") {
    const Kallsyms kallsyms("1000 t f\t[a]\n2000 t f\t[b]\n3000 t g\t[b]\n");
    CHECK_FALSE(kallsyms.module_with("f"));
    CHECK(kallsyms.module_with("g") == "b");
}

TEST_CASE("/proc/modules: base and size, by address; hidden ones left out") {
    const auto modules = parse_modules(
        "b 16384 1 a, Live 0xffffffffc0002000 (OE)\na 32768 0 - Live 0xffffffffc0001000\n"
        "hidden 4096 0 - Live 0x0000000000000000\nnonsense\n");
    REQUIRE(modules.size() == 2);
    CHECK(modules[0].name == "a");
    CHECK(modules[0].size == 32768);
    CHECK(modules[1].base == RuntimeAddress{0xffffffffc0002000});
}
