#include "vmcore/memory/riscv_memory.h"

#include <doctest/doctest.h>

#include "vmcore/dump_image.h"

using namespace symline;
using namespace symline::vmcore;
using namespace symline::test;

namespace {

constexpr std::uint64_t kTable = 1, kPage = 0xcf;

/// To a physical address.
std::uint64_t entry(std::uint64_t address, std::uint64_t flags) {
    return (address >> 12 << 10) | flags;
}

ByteVector table(const std::vector<std::pair<unsigned, std::uint64_t>>& entries) {
    ByteWriter out;
    out.zeros(4096);
    for (const auto& [index, value] : entries) out.patch(std::size_t{8} * index, value, 8);
    return out.data();
}

}  // namespace

TEST_CASE("riscv64's page tables: pages of 4 KB, 2 MB and 1 GB, in three to five levels") {
    // The bits above the number are for memory types and extensions.
    constexpr std::uint64_t kType = std::uint64_t{1} << 62;
    std::vector<std::string> problems;
    const auto physical = open_physical_memory(
        fake_file(elf_vmcore(
            {}, {{0x1000, table({{511, entry(0x2000, kTable)}})},
                 {0x2000, table({{511, entry(0x3000, kTable)}})},
                 {0x3000, table({{510, entry(0x4000, kTable)}, {511, entry(0x40000000, kPage)}})},
                 {0x4000, table({{0, entry(0x5000, kTable)}, {1, entry(0x600000, kPage)}})},
                 {0x5000, table({{2, entry(0x7000, kPage | kType)}, {3, entry(0x8000, 0xce)}})}})),
        problems);
    REQUIRE(physical.has_value());
    const std::pair<std::uint64_t, unsigned> kForms[] = {{0x1000, 5}, {0x2000, 4}, {0x3000, 3}};
    for (const auto& [root, levels] : kForms) {
        const RiscvMemory memory(**physical, {.root = root, .levels = levels});
        CHECK(memory.physical(0xffffffff80002123) == 0x7123);
        CHECK_FALSE(memory.physical(0xffffffff80003000).has_value());
        CHECK_FALSE(memory.physical(0xffffffff80004000).has_value());
        CHECK(memory.physical(0xffffffff80212345) == 0x612345);
        CHECK(memory.physical(0xffffffffd2345678) == 0x52345678);
    }
}

TEST_CASE("riscv64's page tables: where they are, and how many levels") {
    const std::string place =
        "SYMBOL(swapper_pg_dir)=ffffffff81dcb000\nNUMBER(va_kernel_pa_offset)=0xfffffffeffe00000\n";
    std::vector<std::string> problems;
    const auto nothing =
        std::move(open_physical_memory(fake_file(elf_vmcore({}, {})), problems).value());
    const std::pair<const char*, unsigned> kForms[] = {{"39", 3}, {"48", 4}, {"57", 5}};
    for (const auto& [bits, levels] : kForms) {
        const auto found =
            riscv_page_table(*nothing, Vmcoreinfo(place + "NUMBER(VA_BITS)=" + bits + "\n"));
        REQUIRE(found);
        CHECK(found->root == 0x81fcb000);
        CHECK(found->levels == levels);
    }
    CHECK_FALSE(riscv_page_table(*nothing, Vmcoreinfo(place)));
    CHECK_FALSE(riscv_page_table(*nothing, Vmcoreinfo(place + "NUMBER(VA_BITS)=47\n")));
    CHECK_FALSE(riscv_page_table(
        *nothing, Vmcoreinfo("SYMBOL(swapper_pg_dir)=ffffffff81dcb000\nNUMBER(VA_BITS)=57\n")));
}

TEST_CASE("riscv64's page tables: of kernels before Linux 6.4, by where they map themselves") {
    // The image is at 0x80600000. In the second 2 MB there are tables that map another place.
    const auto tables = [](std::uint64_t at, std::uint64_t mapped) {
        return std::vector<VmcoreSegment>{
            {at + 0x1000, table({{510, entry(at + 0x3000, kTable)}})},
            {at + 0x3000, table({{0, entry(mapped, kPage)}})},
        };
    };
    std::vector<VmcoreSegment> segments{{0x80000000, ByteVector(4096)},
                                        {0x80400000, ByteVector(4096)}};
    for (const auto& each : tables(0x80400000, 0x80800000)) segments.push_back(each);
    segments.push_back({0x80600000, ByteVector(4096)});
    for (const auto& each : tables(0x80600000, 0x80600000)) segments.push_back(each);
    std::vector<std::string> problems;
    const auto physical = open_physical_memory(fake_file(elf_vmcore({}, segments)), problems);
    REQUIRE(physical.has_value());
    const std::string info =
        "SYMBOL(swapper_pg_dir)=ffffffff80001000\nSYMBOL(_stext)=ffffffff80002000\n";
    for (const char* more : {"NUMBER(VA_BITS)=39\n", "NUMBER(phys_ram_base)=2151677952\n",
                             "NUMBER(phys_ram_base)=2153775104\n", ""}) {
        const auto found = riscv_page_table(**physical, Vmcoreinfo(info + more));
        REQUIRE(found);
        CHECK(found->root == 0x80601000);
        CHECK(found->levels == 3);
    }
    CHECK_FALSE(riscv_page_table(**physical, Vmcoreinfo(info + "NUMBER(VA_BITS)=48\n")));
    CHECK_FALSE(
        riscv_page_table(**physical, Vmcoreinfo("SYMBOL(swapper_pg_dir)=ffffffff80001000\n")));
}
