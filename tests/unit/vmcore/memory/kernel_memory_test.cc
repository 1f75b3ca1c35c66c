#include "vmcore/memory/kernel_memory.h"

#include <doctest/doctest.h>

#include "vmcore/dump_image.h"
#include "vmcore/format/vmcoreinfo.h"

using namespace symline;
using namespace symline::vmcore;
using namespace symline::test;

namespace {

constexpr std::uint64_t kPresent = 1;
constexpr std::uint64_t kLarge = 0x80;

ByteVector table(const std::vector<std::pair<unsigned, std::uint64_t>>& entries) {
    ByteWriter out;
    out.zeros(4096);
    for (const auto& [index, value] : entries) out.patch(std::size_t{8} * index, value, 8);
    return out.data();
}

/// Four levels: 0xffff888000000000 by 4 KB, its neighbours by 2 MB and 1 GB.
std::vector<VmcoreSegment> page_tables(std::uint64_t extra_bits = 0) {
    const std::uint64_t flags = kPresent | extra_bits;
    return {{0x1000, table({{273, 0x2000 | flags}})},
            {0x2000, table({{0, 0x3000 | flags}, {1, 0x40000000 | flags | kLarge}})},
            {0x3000, table({{0, 0x4000 | flags}, {1, 0x200000 | flags | kLarge}})},
            {0x4000, table({{0, 0x5000 | flags}, {1, 0x6000}})}};
}

}  // namespace

TEST_CASE("page tables: pages of 4 KB, 2 MB and 1 GB; what is not mapped") {
    for (const std::uint64_t encryption : {std::uint64_t{0}, std::uint64_t{1} << 47}) {
        std::vector<std::string> problems;
        auto physical =
            open_physical_memory(fake_file(elf_vmcore({}, page_tables(encryption))), problems);
        REQUIRE(physical.has_value());
        const X86Memory memory(**physical, {.root = 0x1000, .encryption = encryption});
        CHECK(memory.physical(0xffff888000000123) == 0x5123);
        CHECK_FALSE(memory.physical(0xffff888000001000).has_value());
        CHECK(memory.physical(0xffff888000212345) == 0x212345);
        CHECK(memory.physical(0xffff888052345678) == 0x52345678);
        CHECK_FALSE(memory.physical(0xffff888080000000).has_value());
        CHECK_FALSE(memory.physical(0).has_value());
        CHECK_FALSE(memory.word(0xffff888000000ffc).has_value());
    }
}

TEST_CASE("page tables: five levels") {
    auto segments = page_tables();
    segments.push_back({0x8000, table({{511, 0x1000 | kPresent}})});
    std::vector<std::string> problems;
    auto physical = open_physical_memory(fake_file(elf_vmcore({}, segments)), problems);
    REQUIRE(physical.has_value());
    const X86Memory memory(**physical, {.root = 0x8000, .five_levels = true});
    CHECK(memory.physical(0xffff888000000123) == 0x5123);
}

TEST_CASE("page tables: where they are") {
    DumpHeader header;
    DumpNotes notes;
    CHECK_FALSE(kernel_page_table(header, notes).has_value());
    notes.page_table = 0x7210001;
    CHECK(kernel_page_table(header, notes)->root == 0x7210000);
    notes.vmcoreinfo = Vmcoreinfo("SYMBOL(swapper_pg_dir)=ffffffffa4410000\n");
    header.physical_base = 0x1000000;
    CHECK(kernel_page_table(header, notes)->root == 0x25410000);
    // What VMCOREINFO says comes first: QEMU 7.2 reads its decimal number as hexadecimal.
    notes.vmcoreinfo = Vmcoreinfo(
        "SYMBOL(swapper_pg_dir)=ffffffffa4410000\nNUMBER(phys_base)=-459276288\n"
        "NUMBER(pgtable_l5_enabled)=1\n");
    CHECK(kernel_page_table(header, notes)->root == 0x8e10000);
    CHECK(kernel_page_table(header, notes)->five_levels);
}

TEST_CASE("VMCOREINFO: keys of all kinds, and what is none") {
    const Vmcoreinfo info(
        "OSRELEASE=6.1.0-56-amd64\nBUILD-ID=eb4fbc\nno equals\n=empty\nOSRELEASE=second\n"
        "SIZE(list_head)=16\nOFFSET(list_head.prev)=8\nSYMBOL(prb)=ffffffffa44643e0\n"
        "NUMBER(phys_base)=-4096\nKERNELOFFSET=21a00000\nNUMBER(hex)=0x4000\nNUMBER(bad)="
        "1x\nSYMBOL(last)=ff");
    CHECK(info.release() == "6.1.0-56-amd64");
    CHECK(info.build_id()->hex() == "eb4fbc");
    CHECK(info.size("list_head") == 16);
    CHECK(info.offset("list_head.prev") == 8);
    CHECK(info.symbol("prb") == 0xffffffffa44643e0);
    CHECK(info.symbol("last") == 0xff);
    CHECK(info.number("phys_base") == 0xfffffffffffff000);
    CHECK(info.number("hex") == 0x4000);
    CHECK(info.kernel_offset() == 0x21a00000);
    CHECK_FALSE(info.number("bad").has_value());
    CHECK_FALSE(info.symbol("missing").has_value());
    CHECK(Vmcoreinfo().empty());
}
