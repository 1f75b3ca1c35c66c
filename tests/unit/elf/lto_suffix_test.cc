#include "elf/lto_suffix.h"

#include <doctest/doctest.h>

#include <string>

using namespace symline::elf;

namespace {

std::string cuts_of(std::string_view name) {
    std::string text;
    for_each_cut(name, [&](std::string_view cut) { (text += cut) += ' '; });
    return text;
}

}  // namespace

TEST_CASE("what a kernel may print for the functions that LTO and CFI rename") {
    CHECK(cuts_of("local_op.llvm.9445843499725163762") == "local_op ");
    CHECK(cuts_of("local_op.cfi") == "local_op ");
    CHECK(cuts_of("local_op.cfi_jt") == "local_op ");
    CHECK(cuts_of("local_op.__uniq.82328259437596376563931969481544149116") == "local_op ");
    CHECK(cuts_of("local_op.16527707d4426f2c332366600afb69b6") == "local_op ");
    CHECK(cuts_of("local_op.3") == "local_op ");
    // Kernels from 6.6 on cut ".llvm." alone.
    CHECK(cuts_of("f.__uniq.12.llvm.34") == "f.__uniq.12 f ");
    CHECK(cuts_of("f.29f4.cfi_jt") == "f.29f4 f ");
    CHECK(cuts_of("f.part.0.llvm.34") == "f.part.0 ");
    // Function descriptors' entries on ppc64.
    CHECK(cuts_of(".f.llvm.34") == ".f ");
}

TEST_CASE("names without such a suffix are not cut") {
    for (const char* name :
         {"", "local_op", ".", "..", ".3", ".cfi", "f.", "f.cold", "f.part.0", "f.isra.0",
          "f.constprop.0.isra.0", "f.lto_priv.0", "f.llvm.x", "f.cfi_", "f.G", "f$3"}) {
        CAPTURE(name);
        CHECK(cuts_of(name).empty());
    }
    CHECK(cuts_of(".llvm.3").empty());
}

TEST_CASE("a name is cut at a dot, and nothing but such suffixes is cut off") {
    CHECK(is_cut_from("f", "f.llvm.3"));
    CHECK(is_cut_from("f", "f.__uniq.3.llvm.4"));
    CHECK(is_cut_from("f.__uniq.3", "f.__uniq.3.llvm.4"));
    CHECK_FALSE(is_cut_from("f", "f"));
    CHECK_FALSE(is_cut_from("f", "ff.llvm.3"));
    CHECK_FALSE(is_cut_from("f", "f.part.0"));
    CHECK_FALSE(is_cut_from("f", "f.part.0.llvm.3"));
    CHECK_FALSE(is_cut_from("f.llvm", "f.llvm.3"));
    CHECK_FALSE(is_cut_from("f.llvm.3", "f.llvm.34"));
    CHECK_FALSE(is_cut_from("", ".llvm.3"));
}
