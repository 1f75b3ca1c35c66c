#include "kernel/kernel_text.h"

#include <doctest/doctest.h>

using namespace symline;

TEST_CASE("kallsyms: the nearest symbol before an address, and its module") {
    const kernel::Kallsyms kallsyms(
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
    CHECK(kernel::Kallsyms("0000000000000000 T _text\n0000000000000000 t f\n").empty());
    CHECK(kernel::Kallsyms("0000000000001000 A fixed\nzz T x\nffffffff81000000\n\n").empty());
    CHECK_FALSE(kernel::Kallsyms("").at(RuntimeAddress{1}));
}

TEST_CASE("kallsyms: a name that two modules have says nothing") {
    const kernel::Kallsyms kallsyms("1000 t f\t[a]\n2000 t f\t[b]\n3000 t g\t[b]\n");
    CHECK_FALSE(kallsyms.module_with("f"));
    CHECK(kallsyms.module_with("g") == "b");
}

TEST_CASE("kallsyms: the symbols before an address, as far as they are of its module") {
    const kernel::Kallsyms kallsyms(
        "ffffffff81000000 T _text\nffffffffc0001000 t a0\t[a]\nffffffffc0001010 t a1\t[a]\n"
        "ffffffffc0002000 t b0\t[b]\n");
    const auto in_a = kallsyms.module_before(RuntimeAddress{0xffffffffc0001018});
    REQUIRE(in_a.size() == 2);
    CHECK(in_a[0].name == "a1");
    CHECK(in_a[0].offset == 8);
    CHECK(in_a[1].offset == 0x18);
    CHECK(kallsyms.module_before(RuntimeAddress{0xffffffffc0002000}).size() == 1);
    CHECK(kallsyms.module_before(RuntimeAddress{0xffffffff81000004}).empty());
}
