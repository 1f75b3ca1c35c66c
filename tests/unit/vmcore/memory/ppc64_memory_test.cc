#include "vmcore/memory/ppc64_memory.h"

#include <doctest/doctest.h>

#include <random>

#include "vmcore/dump_image.h"

using namespace symline;
using namespace symline::vmcore;
using namespace symline::test;

namespace {

using Tables = Ppc64Memory::Tables;
constexpr std::uint64_t kPresent = std::uint64_t{1} << 63, kLeaf = std::uint64_t{1} << 62;
/// Flags of a page, in the bits below its address and above it.
constexpr std::uint64_t kPage = kPresent | kLeaf | 0x0020000000000187;

using Entries = std::vector<std::pair<unsigned, std::uint64_t>>;

/// Its entries are big-endian, whatever the kernel is.
ByteVector table(std::size_t size, const Entries& entries) {
    ByteWriter out(true);
    out.zeros(size);
    for (const auto& [index, value] : entries) out.patch(std::size_t{8} * index, value, 8);
    return out.data();
}

std::unique_ptr<PhysicalMemory> physical(const std::vector<VmcoreSegment>& segments) {
    std::vector<std::string> problems;
    auto memory = open_physical_memory(fake_file(elf_vmcore({}, segments)), problems);
    REQUIRE(memory.has_value());
    return std::move(*memory);
}

}  // namespace

TEST_CASE("ppc64's memory: all of it from 0xc000000000000000 on") {
    const auto bytes = physical({{0x5000, ByteVector(4096, 7)}});
    const Ppc64Memory memory(*bytes, {});
    CHECK(memory.value<std::uint8_t>(0xc000000000005123) == 7);
    CHECK(memory.physical(0xc007ffffffffffff) == 0x0007ffffffffffff);
    CHECK_FALSE(memory.physical(0x5123).has_value());
    CHECK_FALSE(memory.physical(0xd000000000005123).has_value());
    CHECK_FALSE(memory.physical(0xc008000000000000).has_value());
}

TEST_CASE("ppc64's radix tables: pages of 64 KB, 4 KB, 2 MB and 1 GB") {
    const auto bytes =
        physical({{0x10000, table(65536, {{0x1000, kPresent | 0x20000 | 9},
                                          {0x1001, kPage | 0x8000000000},
                                          {0x1002, kPresent | 0x10000 | 13},
                                          {0x1003, 0x20000 | 9}})},
                  {0x20000, table(4096, {{0, kPresent | 0x21000 | 9}, {1, kPage | 0x40000000}})},
                  {0x21000, table(4096, {{0, kPresent | 0x22000 | 5},
                                         {1, kPage | 0x600000},
                                         {2, kPresent | 0x22100 | 9},
                                         {3, kPresent | 0x22000 | 10},
                                         {4, kPresent | 0x22000 | 0}})},
                  {0x22000, table(4352, {{2, kPage | 0x70000},
                                         {3, kLeaf | 0x70000},
                                         {4, kPresent | 0x22000 | 5},
                                         {33, kPage | 0x9000}})}});
    const Ppc64Memory memory(*bytes, {.root = 0x10000});
    CHECK(memory.physical(0xc008000000021234) == 0x71234);
    CHECK(memory.physical(0xc008000000301234) == 0x601234 + 0x100000);
    CHECK(memory.physical(0xc008000000401123) == 0x9123);
    CHECK(memory.physical(0xc008000052345678) == 0x52345678);
    CHECK(memory.physical(0xc008008012345678) == 0x8012345678);
    // Not there: no entry, one that is not valid; damaged: tables of no bits, of too many.
    for (const std::uint64_t address :
         {0xc008000000011234, 0xc008000000031234, 0xc008000000041234, 0xc008000000601234,
          0xc008000000801234, 0xc008010000001234, 0xc008018000001234, 0xc010000000001234}) {
        CHECK_FALSE(memory.physical(address).has_value());
    }
}

TEST_CASE("ppc64's tables beside a hash table, of 64 KB and 4 KB") {
    const auto bytes =
        physical({{0x10000, table(4096, {{0x80, 0x20000}, {0x81, 0x10000}})},
                  {0x20000, table(8192, {{0, 0x30000}})},
                  {0x30000, table(8192, {{0, 0x40000}, {1, kPage | 0x1000000}})},
                  {0x40000, table(2048, {{2, kPage | 0x70000 | 0x1000}, {3, kLeaf | 0x70000}})},
                  {0x50000, table(4096, {{0x80, 0x51000}})},
                  {0x51000, table(4096, {{0, 0x52000}})},
                  {0x52000, table(1024, {{0, 0x53000}})},
                  {0x53000, table(4096, {{2, kPage | 0x9000}})}});
    const Ppc64Memory large(*bytes, {.root = 0x10000, .tables = Tables::hash, .page_shift = 16});
    CHECK(large.physical(0xc008000000021234) == 0x71234);
    CHECK(large.physical(0xc008000001234567) == 0x1234567);
    CHECK(large.physical(0xc007000000021234) == 0x0007000000021234);
    CHECK_FALSE(large.physical(0xc008000000031234).has_value());
    CHECK_FALSE(large.physical(0xc008100000021234).has_value());
    CHECK_FALSE(large.physical(0xc010000000021234).has_value());
    const Ppc64Memory small(*bytes, {.root = 0x50000, .tables = Tables::hash, .page_shift = 12});
    CHECK(small.physical(0xc000100000002123) == 0x9123);
    CHECK(small.physical(0xc000000000002123) == 0x2123);
    CHECK_FALSE(small.physical(0xc000100000003123).has_value());
    // Before Linux 5.2 they were elsewhere, and before 4.17 of another form.
    const auto old = physical({{0x10000, table(2048, {{0, 0x20000}})},
                               {0x20000, table(8192, {{0, 0x30000}})},
                               {0x30000, table(8192, {{1, kPage | 0x1000000}})}});
    const Ppc64Memory moved(*old, {.root = 0x10000, .tables = Tables::hash});
    CHECK(moved.physical(0xd000000001234567) == 0x1234567);
    CHECK_FALSE(moved.physical(0xe000000001234567).has_value());
    const Ppc64Memory unread(*old, {.root = 0x10000, .tables = Tables::unread});
    CHECK(unread.physical(0xc000000001234567) == 0x1234567);
    CHECK_FALSE(unread.physical(0xc008000001234567).has_value());
    CHECK_FALSE(unread.physical(0xd000000001234567).has_value());
}

TEST_CASE("ppc64's page tables: where they are, of which kind, and the kernel's byte order") {
    const std::string place = "SYMBOL(swapper_pg_dir)=c000000000010000\n";
    const std::string log = "SYMBOL(prb)=c000000000000020\nPAGESIZE=65536\n";
    for (const bool big_endian : {false, true}) {
        const auto page = [&](std::uint64_t pointer) {
            ByteWriter out(big_endian);
            out.zeros(0x20).u64(pointer).zeros(4096 - 0x28);
            return out.data();
        };
        const auto radix = physical(
            {{0, page(0xc000000000002000)}, {0x10000, table(4096, {{0, kPresent | 0x20009}})}});
        const auto found = ppc64_page_table(*radix, Vmcoreinfo(place + log));
        REQUIRE(found);
        CHECK(found->root == 0x10000);
        CHECK(found->tables == Tables::radix);
        CHECK(found->page_shift == 16);
        CHECK(found->big_endian == big_endian);
        CHECK(Ppc64Memory(*radix, *found).word(0xc000000000000020) == 0xc000000000002000);
        const auto told = ppc64_page_table(*radix, Vmcoreinfo(place + log + "NUMBER(RADIX_MMU)=0"));
        CHECK(told.value().tables == Tables::unread);
        const auto hash = physical({{0, page(0xc000000000002000)}, {0x10000, table(4096, {})}});
        for (const auto& [release, tables] :
             {std::pair{"6.1.0", Tables::hash}, std::pair{"4.17", Tables::hash},
              std::pair{"4.16.9", Tables::unread}, std::pair{"3.10.0-1160.el7", Tables::unread}}) {
            const Vmcoreinfo info(place + log + "OSRELEASE=" + release + "\n");
            CHECK(ppc64_page_table(*hash, info).value().tables == tables);
        }
        // No pointer there: an earlier kernel's VMCOREINFO.
        const auto other = physical({{0, page(0x0123456789abcdef)}});
        CHECK_FALSE(ppc64_page_table(*other, Vmcoreinfo(place + log)));
        CHECK_FALSE(ppc64_page_table(*radix, Vmcoreinfo(log)));
        CHECK_FALSE(ppc64_page_table(*radix, Vmcoreinfo(place)));
        CHECK_FALSE(ppc64_page_table(
            *radix, Vmcoreinfo(place + "SYMBOL(prb)=c000000000000020\nPAGESIZE=16384\n")));
    }
}

TEST_CASE("ppc64's page tables: damaged ones end") {
    std::mt19937_64 random(3);
    for (int round = 0; round < 200; ++round) {
        ByteWriter out(true);
        for (unsigned i = 0; i < 8192; ++i) {
            out.u64((random() & ~std::uint64_t{0xffff}) % 0x20000 | (random() & 0x1f) |
                    (random() % 4 ? kPresent : 0) | (random() % 8 ? 0 : kLeaf));
        }
        const auto bytes = physical({{0, out.data()}});
        for (const auto tables : {Tables::radix, Tables::hash}) {
            const Ppc64Memory memory(*bytes, {.tables = tables});
            for (unsigned i = 0; i < 64; ++i) {
                memory.physical(0xc008000000000000 | (random() & 0x7ffffffffffff));
            }
        }
    }
}
