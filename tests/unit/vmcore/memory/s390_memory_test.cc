#include "vmcore/memory/s390_memory.h"

#include <doctest/doctest.h>

#include "vmcore/dump_image.h"

using namespace symline;
using namespace symline::vmcore;
using namespace symline::test;

namespace {

/// Of entries of region and segment tables; all have the table's type.
constexpr std::uint64_t kThird = 4, kSecond = 8, kFirst = 12;
constexpr std::uint64_t kInvalid = 0x20, kLarge = 0x400, kProtected = 0x200;
constexpr std::uint64_t kWhole = 3;  // the length of a table

using Entries = std::vector<std::pair<unsigned, std::uint64_t>>;

ByteVector table(const Entries& entries, std::uint64_t others, unsigned count = 2048) {
    ByteWriter out(true);
    for (unsigned i = 0; i < count; ++i) out.u64(others);
    for (const auto& [index, value] : entries) out.patch(std::size_t{8} * index, value, 8);
    return out.data();
}

std::unique_ptr<PhysicalMemory> physical(const std::vector<VmcoreSegment>& segments) {
    std::vector<std::string> problems;
    auto memory = open_physical_memory(fake_file(elf_vmcore({}, segments, false, true)), problems);
    REQUIRE(memory.has_value());
    return std::move(*memory);
}

}  // namespace

TEST_CASE("s390x's page tables: pages of 4 KB, 1 MB and 2 GB, in two to five levels") {
    const auto memory = physical(
        {{0x10000, table({{0, 0x14000 | kFirst | kWhole}}, kFirst | kInvalid)},
         {0x14000, table({{0, 0x18000 | kSecond | kWhole}}, kSecond | kInvalid)},
         {0x18000, table({{0, 0x1c000 | kThird | kWhole},
                          {1, 0x180000000 | kThird | kLarge},
                          {2, 0x1c000 | kThird | kInvalid},
                          {3, 0x1c000 | kSecond}},
                         kThird | kInvalid)},
         {0x1c000, table({{0, 0x20800}, {2047, 0x600000 | kLarge | kProtected}}, kInvalid)},
         {0x20800, table({{1, 0x7000 | kProtected}, {255, 0x9000 | 0x400}}, 0x400, 256)}});
    for (const std::uint64_t root : {0x10000, 0x14000, 0x18000, 0x1c000}) {
        const S390Memory bytes(*memory, root);
        CHECK(bytes.big_endian());
        CHECK(bytes.physical(0x1123) == 0x7123);
        CHECK_FALSE(bytes.physical(0x2000).has_value());
        CHECK_FALSE(bytes.physical(0xff000).has_value());
        CHECK_FALSE(bytes.physical(0x100000).has_value());
        CHECK(bytes.physical(0x7ff12345) == 0x612345);
        CHECK((bytes.physical(0x80001234) == 0x180001234) == (root != 0x1c000));
        CHECK_FALSE(bytes.physical(0x100000000).has_value());
        // It leads to a table of another kind.
        CHECK_FALSE(bytes.physical(0x180001000).has_value());
        // More than the tables reach.
        CHECK_FALSE(bytes.physical(0x8000000000001123).has_value());
    }
}

TEST_CASE("s390x's page tables: damaged ones end") {
    // Each leads to itself, which is no table of the next kind.
    for (const std::uint64_t kind : {kFirst, kSecond, kThird}) {
        const auto memory = physical({{0x10000, table({}, 0x10000 | kind | kWhole)}});
        CHECK_FALSE(S390Memory(*memory, 0x10000).word(0x1000).has_value());
        CHECK_FALSE(S390Memory(*memory, 0x90000).word(0x1000).has_value());
    }
}

TEST_CASE("s390x's page tables: where they are") {
    CHECK_FALSE(s390_page_table(Vmcoreinfo("KERNELOFFSET=0\n")).has_value());
    CHECK(s390_page_table(Vmcoreinfo("SYMBOL(swapper_pg_dir)=1290000\nKERNELOFFSET=0\n")) ==
          0x1290000);
    // The addresses of older kernels are physical ones, wherever they were moved.
    CHECK(s390_page_table(Vmcoreinfo("SYMBOL(swapper_pg_dir)=31290000\nKERNELOFFSET=30000000\n")) ==
          0x31290000);
    CHECK(s390_page_table(Vmcoreinfo("SYMBOL(swapper_pg_dir)=3ffe1290000\n"
                                     "KERNELOFFSET=3ffe0000000\nKERNELOFFPHYS=2000000\n")) ==
          0x3290000);
}

TEST_CASE("s390x: the VMCOREINFO that the lowest page leads to") {
    ByteWriter note(true);
    add_note(note, "VMCOREINFO", 0, ByteWriter().text_only("OSRELEASE=6.1.0\n").data());
    note.zeros(4096 - note.size());  // what follows is not in the dump
    const auto with = [&](std::uint64_t address) {
        ByteWriter lowest(true);
        lowest.zeros(0xe0c).u64(address).zeros(4096 - 0xe14);
        return physical({{0, lowest.data()}, {0x5000, note.data()}});
    };
    CHECK(s390_vmcoreinfo(*with(0x5000)).release() == "6.1.0");
    CHECK(s390_vmcoreinfo(*with(0)).empty());
    CHECK(s390_vmcoreinfo(*with(0x5010)).empty());
    CHECK(s390_vmcoreinfo(*with(0x900000)).empty());
    CHECK(s390_vmcoreinfo(*physical({{0x5000, note.data()}})).empty());
}

TEST_CASE("s390x: the kernel's numbers of CPUs, by their lowest pages") {
    FakeMemory memory(true);
    for (const std::uint64_t base : {std::uint64_t{0}, std::uint64_t{1} << 40}) {
        const std::string text = "SYMBOL(lowcore_ptr)=1000\nLENGTH(lowcore_ptr)=3\nIDENTITYBASE=" +
                                 std::string(base != 0 ? "10000000000" : "0") + "\n";
        const Vmcoreinfo info(text);
        for (unsigned cpu = 0; cpu < 4; ++cpu) {
            memory.word(0x1000 + std::uint64_t{8} * cpu, base + 0x8000 - 0x2000 * cpu);
        }
        CHECK(s390_cpu_number(memory, info, 0x8000) == 0);
        CHECK(s390_cpu_number(memory, info, 0x4000) == 2);
        CHECK_FALSE(s390_cpu_number(memory, info, 0x2000).has_value());
        CHECK_FALSE(s390_cpu_number(FakeMemory(true), info, 0x8000).has_value());
        CHECK_FALSE(s390_cpu_number(memory, Vmcoreinfo("SYMBOL(lowcore_ptr)=1000\n"), 0x8000));
    }
}
