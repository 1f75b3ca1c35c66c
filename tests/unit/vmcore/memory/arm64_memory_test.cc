#include "vmcore/memory/arm64_memory.h"

#include <doctest/doctest.h>

#include "vmcore/dump_image.h"

using namespace symline;
using namespace symline::vmcore;
using namespace symline::test;

namespace {

constexpr std::uint64_t kTable = 3, kPage = 3, kBlock = 1;

using Entries = std::vector<std::pair<unsigned, std::uint64_t>>;

ByteVector table(std::size_t size, const Entries& entries) {
    ByteWriter out;
    out.zeros(size);
    for (const auto& [index, value] : entries) out.patch(std::size_t{8} * index, value, 8);
    return out.data();
}

std::unique_ptr<PhysicalMemory> opened(const std::vector<VmcoreSegment>& segments) {
    std::vector<std::string> problems;
    auto memory = open_physical_memory(fake_file(elf_vmcore({}, segments)), problems);
    REQUIRE(memory.has_value());
    return std::move(*memory);
}

}  // namespace

TEST_CASE("arm64's page tables: pages of 4 KB, blocks of 2 MB and 1 GB; what is not mapped") {
    // 0xffff800008000000, with the attributes that the upper bits of a descriptor hold.
    constexpr std::uint64_t kAttributes = 0x0068'0000'0000'0700;
    const auto physical =
        opened({{0x1000, table(4096, {{256, 0x2000 | kTable}})},
                {0x2000, table(4096, {{0, 0x3000 | kTable}, {1, 0x40000000 | kBlock}})},
                {0x3000, table(4096, {{64, 0x4000 | kTable}, {65, 0x600000 | kBlock}})},
                {0x4000, table(4096, {{0, 0x5000 | kPage | kAttributes}, {1, 0x6000 | kBlock}})}});
    const Arm64Memory memory(*physical, {.root = 0x1000});
    CHECK(memory.physical(0xffff800008000123) == 0x5123);
    CHECK_FALSE(memory.physical(0xffff800008001000).has_value());  // no block at the last level
    CHECK_FALSE(memory.physical(0xffff800008002000).has_value());
    CHECK(memory.physical(0xffff800008212345) == 0x612345);
    CHECK(memory.physical(0xffff800052345678) == 0x52345678);
    CHECK_FALSE(memory.physical(0xffff000000000000).has_value());
}

TEST_CASE("arm64's page tables: of 16 KB with a short first table, of 64 KB with 52 bits") {
    // 47 bits: three levels of 2048 entries; 36 bits of 16 KB: two.
    const auto of_16 = opened({{0x10000, table(16384, {{1, 0x14000 | kTable}})},
                               {0x14000, table(16384, {{2, 0x18000 | kTable}})},
                               {0x18000, table(16384, {{3, 0x20000 | kPage}})}});
    const Arm64Memory plain(*of_16, {.root = 0x10000, .page_shift = 14, .address_bits = 47});
    CHECK(plain.physical(0xffff'8000'0000'0000 + (std::uint64_t{1} << 36) + (2 << 25) + (3 << 14) +
                         5) == 0x20005);
    // The upper four bits of the address are in bits 12 to 15.
    const auto of_64 = opened({{0x10000, table(8192, {{1023, 0x20000 | kTable}})},
                               {0x20000, table(65536, {{1, 0x30000 | kTable}})},
                               {0x30000, table(65536, {{2, 0x40000 | kPage | 0x3000}})}});
    const Arm64Memory large(*of_64, {.root = 0x10000, .page_shift = 16, .address_bits = 52});
    CHECK(large.physical(0xffff'fc00'0000'0000 + (1 << 29) + (2 << 16) + 7) ==
          0x0003'0000'0004'0007);
}

TEST_CASE("arm64's page tables: five levels, with the upper bits of the address in bits 8 and 9") {
    const auto physical = opened({{0x1000, table(4096, {{15, 0x2000 | kTable}})},
                                  {0x2000, table(4096, {{256, 0x3000 | kTable}})},
                                  {0x3000, table(4096, {{0, 0x4000 | kTable}})},
                                  {0x4000, table(4096, {{0, 0x5000 | kTable}})},
                                  {0x5000, table(4096, {{1, 0x6000 | kPage | 0x300}})}});
    const Arm64Memory memory(*physical, {.root = 0x1000, .address_bits = 52});
    CHECK(memory.physical(0xffff'8000'0000'1004) == 0x000c'0000'0000'6004);
}

TEST_CASE("arm64's page tables: where they are, and how large") {
    CHECK_FALSE(arm64_page_table(Vmcoreinfo("SYMBOL(swapper_pg_dir)=ffffa44b3ab7b000\n")));
    const std::string root =
        "SYMBOL(swapper_pg_dir)=ffffa44b3ab7b000\nNUMBER(kimage_voffset)=0xffffa44af9600000\n";
    const auto plain = arm64_page_table(Vmcoreinfo(root + "NUMBER(VA_BITS)=48\nPAGESIZE=4096\n"));
    REQUIRE(plain);
    CHECK(plain->root == 0x4157b000);
    CHECK(plain->page_shift == 12);
    CHECK(plain->address_bits == 48);
    // Built for 52 bits, on a machine of 48: tables of 64 KB stay what they were built for.
    const std::string both = "NUMBER(VA_BITS)=52\nNUMBER(TCR_EL1_T1SZ)=0x10\n";
    CHECK(arm64_page_table(Vmcoreinfo(root + both + "PAGESIZE=4096\n"))->address_bits == 48);
    CHECK(arm64_page_table(Vmcoreinfo(root + both + "PAGESIZE=65536\n"))->address_bits == 52);
    for (const char* damaged : {"NUMBER(VA_BITS)=64\n", "NUMBER(VA_BITS)=48\nPAGESIZE=0\n",
                                "NUMBER(VA_BITS)=48\nPAGESIZE=2048\n",
                                "NUMBER(VA_BITS)=48\nNUMBER(TCR_EL1_T1SZ)=0x3f\n"}) {
        CHECK_FALSE(arm64_page_table(Vmcoreinfo(root + damaged)));
    }
}

TEST_CASE("arm64: the bits that signatures of pointers take") {
    CHECK(arm64_signature_bits(Vmcoreinfo("NUMBER(KERNELPACMASK)=0xffff000000000000\n")) ==
          0xffff000000000000);
    CHECK(arm64_signature_bits(Vmcoreinfo("NUMBER(VA_BITS)=48\n")) == 0xff7f000000000000);
}
