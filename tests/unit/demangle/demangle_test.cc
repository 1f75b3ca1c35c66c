#include "symline/demangle.h"

#include <doctest/doctest.h>

#include <string>

using symline::demangle;

namespace {

struct Case {
    const char* name;
    const char* expected;
};

}  // namespace

TEST_CASE("C++ names come out as GNU c++filt writes them") {
    const Case cases[] = {
        {"_Z3foov", "foo()"},
        {"_ZN5outer5inner4callEiPKc", "outer::inner::call(int, char const*)"},
        {"_ZN5shape6CircleC1Ed", "shape::Circle::Circle(double)"},
        {"_ZNK5shape6Circle4areaEv", "shape::Circle::area() const"},
        {"_ZN12_GLOBAL__N_16helperEi", "(anonymous namespace)::helper(int)"},
        {"_Z5twiceIiET_S0_", "int twice<int>(int)"},
        {"_ZplRK1AS1_", "operator+(A const&, A const&)"},
        {"_ZTV1A", "vtable for A"},
        {"_ZGVZ4mainE1a", "guard variable for main::a"},
    };
    for (const Case& each : cases) {
        CAPTURE(each.name);
        CHECK(demangle(each.name) == each.expected);
    }
}

TEST_CASE("clone suffixes of C++ names are kept as c++filt keeps them") {
    const Case cases[] = {
        {"_Z3foov.cold", "foo() [clone .cold]"},
        {"_Z3foov.isra.0.cold", "foo() [clone .isra.0] [clone .cold]"},
        {"_Z3foov.part.0.isra.1", "foo() [clone .part.0] [clone .isra.1]"},
        {"_Z3foov.llvm.123", "foo() [clone .llvm.123]"},
        {"_Z3foov.123", "foo() [clone .123]"},
        {"_Z3foov.isra.0.5", "foo() [clone .isra.0.5]"},
        {"_ZN1A3barEi.constprop.12", "A::bar(int) [clone .constprop.12]"},
        {"_Z3foov.Bad", "_Z3foov.Bad"},
        {"_Z3foov.", "_Z3foov."},
    };
    for (const Case& each : cases) {
        CAPTURE(each.name);
        CHECK(demangle(each.name) == each.expected);
    }
}

TEST_CASE("symbol versions are kept") {
    CHECK(demangle("_Z3foov@@GLIBCXX_3.4") == "foo()@@GLIBCXX_3.4");
    CHECK(demangle("_Z3foov@V_1") == "foo()@V_1");
    CHECK(demangle("_Z3foov.cold@@V_1") == "foo() [clone .cold]@@V_1");
    CHECK(demangle("memcpy@@GLIBC_2.14") == "memcpy@@GLIBC_2.14");
}

TEST_CASE("Rust v0 names") {
    const Case cases[] = {
        {"_RNvC1a1b", "a::b"},
        {"_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar"},
        {"_RINvCs1234_7mycrate3fooNtB2_3BarE", "mycrate::foo::<mycrate::Bar>"},
        {"_RNvC1a1b.llvm.123", "a::b"},
        {"_RNvC1a1b.cold", "a::b"},
    };
    for (const Case& each : cases) {
        CAPTURE(each.name);
        CHECK(demangle(each.name) == each.expected);
    }
}

TEST_CASE("legacy Rust names lose their hash and their escapes") {
    const Case cases[] = {
        {"_ZN3foo3bar17h0123456789abcdefE", "foo::bar"},
        {"_ZN3foo3bar17h0123456789abcdefE.llvm.55", "foo::bar"},
        {"_ZN3foo3bar17h0123456789abcdefE.cold", "foo::bar"},
        {"_ZN38_$LT$T$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE",
         "<T as core::fmt::Debug>::fmt"},
        {"_ZN38_$LT$T$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE.llvm.7",
         "<T as core::fmt::Debug>::fmt"},
        // sixteen digits, but not of a hash: C++
        {"_ZN3foo3bar17hxyz456789abcdefgE", "foo::bar::hxyz456789abcdefg"},
    };
    for (const Case& each : cases) {
        CAPTURE(each.name);
        CHECK(demangle(each.name) == each.expected);
    }
    const std::string element = "_$RF$$BP$$C$$LP$$RP$$SP$";
    CHECK(demangle("_ZN1a" + std::to_string(element.size()) + element + "17h0123456789abcdefE") ==
          "a::&*,()@");
}

TEST_CASE("what is not mangled, or damaged, stays as it is") {
    for (const char* name :
         {"", "main", "_Z", "_ZN", "_Z3fo", "_RNvC", "_R", "__pfx_foo", "printf.cold",
          "_Z99999999999999999999foo", "$x", "_start", "_Z3foov_extra text"}) {
        CAPTURE(name);
        CHECK(demangle(name) == name);
    }
}

TEST_CASE("a name of dots takes no long time") {
    std::string name = "_ZN";
    for (int i = 0; i < 20000; ++i) name += "1a.";
    CHECK(demangle(name) == name);
}

namespace {

/// A function whose parameters each hold the one before twice: 2^levels ints.
std::string doubling(int levels) {
    constexpr std::string_view kDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    std::string name = "_Z1f1AIiiE";
    for (int i = 0; i < levels; ++i) {
        const std::string before = std::string("S") + kDigits[static_cast<std::size_t>(i)] + "_";
        name += "S_I" + before + before + "E";
    }
    return name;
}

}  // namespace

TEST_CASE("a short name for a text of terabytes stays as it is") {
    CHECK(demangle(doubling(2)).starts_with("f(A<int, int>, A<A<int, int>, A<int, int>"));
    CHECK(demangle(doubling(36)) == doubling(36));
}

TEST_CASE("the main function of D, as each style has it") {
    CHECK(demangle("_Dmain") == "_Dmain");
    CHECK(demangle("_Dmain", symline::DemangleStyle::llvm) == "D main");
    CHECK(demangle("_D1d1C1fMFiZi", symline::DemangleStyle::llvm) == "_D1d1C1fMFiZi");
}
