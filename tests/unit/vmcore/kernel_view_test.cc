#include "vmcore/kernel_view.h"

#include <doctest/doctest.h>

#include "support/kernel_options.h"
#include "vmcore/dump_image.h"

using namespace symline;
using namespace symline::vmcore;
using namespace symline::test;

namespace {

constexpr std::uint64_t kPlace = 0x5000;

}  // namespace

TEST_CASE("kernel view: members and bit fields in the byte order of the kernel") {
    kernel::LoadedKernel kernel(fixture_kernel("dump-s390x/boot/vmlinux-6.1.0-s390x"));
    REQUIRE(kernel.vmlinux() != nullptr);
    FakeMemory memory(true);
    memory.set(kPlace,
               ByteWriter(true)
                   .u64(7)
                   .u64(8)
                   .u16(0x1234)
                   .u8(0x56)
                   .u8(0x15 << 3 | 0x5)
                   .u32(0x9abcdef0)
                   .u64(std::uint64_t{5} << 61 | std::uint64_t{0x123456789a} << 21 | 0x1ffff)
                   .data());
    KernelView view(memory, *kernel.vmlinux(), LoadBias{});
    const auto number = [&](std::string_view member) {
        return view.number(kPlace, "printk_info", member);
    };
    CHECK(number("ts_nsec") == 8);
    CHECK(number("text_len") == 0x1234);
    CHECK(number("facility") == 0x56);
    CHECK(number("flags") == 0x15);
    CHECK(number("level") == 5);
    CHECK(number("caller_id") == 0x9abcdef0);
    CHECK(number("first") == 5);
    CHECK(number("second") == 0x123456789a);
    CHECK(number("third") == 0x1ffff);
    CHECK_FALSE(number("fourth"));
    CHECK_FALSE(view.number(kPlace + 16, "printk_info", "caller_id"));  // the end is missing
}

TEST_CASE("kernel view: bit fields of a little-endian kernel") {
    kernel::LoadedKernel kernel(fixture_kernel("dump/boot/vmlinux-5.4.0-crash"));
    REQUIRE(kernel.vmlinux() != nullptr);
    FakeMemory memory;
    // Four bits, four bits, two, one.
    memory.set(
        kPlace,
        ByteWriter().u16(0xfff8).u16(0x10).u16(0x5 | 0x4 << 4 | 0x2 << 8 | 1 << 10).u32(0).data());
    KernelView view(memory, *kernel.vmlinux(), LoadBias{});
    const auto number = [&](std::string_view member) {
        return view.number(kPlace, "orc_entry", member);
    };
    CHECK(number("sp_offset") == 0xfff8);
    CHECK(number("sp_reg") == 5);
    CHECK(number("bp_reg") == 4);
    CHECK(number("type") == 2);
    CHECK(number("end") == 1);
}

TEST_CASE("kernel view: where symbols are in kernels that were moved") {
    FakeMemory memory;
    kernel::LoadedKernel low(fixture_kernel("dump-s390x/boot/vmlinux-6.1.0-s390x"));
    REQUIRE(low.vmlinux() != nullptr);
    KernelView moved(memory, *low.vmlinux(), LoadBias{0x3fffe7f8000});
    CHECK(moved.symbol("_stext") == 0x3fffe8f8000);
    CHECK(moved.function_start(0x3fffe8f8000 + 2) == 0x3fffe8f8000);
    CHECK_FALSE(moved.symbol("no such symbol"));
}
