#include "dwarf/ranges.h"

#include <doctest/doctest.h>

#include "support/dwarf_builder.h"

using namespace symline;
using namespace symline::test;
using dwarf::AddressRange;
using dwarf::FormValue;

namespace {

struct Walked {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
    bool whole = false;
};

Walked walk(const dwarf::Unit& unit, const dwarf::PcAttributes& pc) {
    Walked walked;
    walked.whole = dwarf::for_each_range(unit, pc, [&](AddressRange range) {
        walked.ranges.emplace_back(range.low, range.high);
        return true;
    });
    return walked;
}

using Pairs = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

/// A unit with DW_AT_low_pc 0x1000 (its base), .debug_addr {0x1000, 0x1100, 0x1200, all ones}.
void unit_with_bases(DwarfBuilder& dwarf) {
    const unsigned width = dwarf.kind().address_size();
    dwarf.section("addr").zeros(8);
    for (const std::uint64_t address : {0x1000ULL, 0x1100ULL, 0x1200ULL, ~0ULL}) {
        dwarf.section("addr").word(address, width);
    }
    one_unit(dwarf,
             {{DW::DW_AT_low_pc, DW::DW_FORM_addr},
              {DW::DW_AT_addr_base, DW::DW_FORM_sec_offset},
              {DW::DW_AT_rnglists_base, DW::DW_FORM_sec_offset}},
             [](DwarfBuilder& out) {
                 out.address(0x1000);
                 out.offset(8);
                 out.offset(4);
             });
}

dwarf::PcAttributes list_at(std::uint64_t offset, std::uint16_t form = DW::DW_FORM_sec_offset) {
    dwarf::PcAttributes pc;
    pc.ranges = FormValue{form, offset, {}};
    return pc;
}

}  // namespace

TEST_CASE("low_pc and high_pc, as an address or a distance") {
    DwarfBuilder dwarf;
    unit_with_bases(dwarf);
    const OpenUnit open(dwarf);
    const FormValue low{DW::DW_FORM_addr, 0x1010, {}};
    const struct {
        FormValue low, high;
        Pairs expected;
        bool whole;
    } cases[] = {
        {low, {DW::DW_FORM_addr, 0x1020, {}}, {{0x1010, 0x1020}}, true},
        {low, {DW::DW_FORM_data4, 0x20, {}}, {{0x1010, 0x1030}}, true},
        {low, {DW::DW_FORM_udata, 0x20, {}}, {{0x1010, 0x1030}}, true},
        {{DW::DW_FORM_addrx, 1, {}}, {DW::DW_FORM_data1, 4, {}}, {{0x1100, 0x1104}}, true},
        {{DW::DW_FORM_addrx, 1, {}}, {DW::DW_FORM_addrx, 2, {}}, {{0x1100, 0x1200}}, true},
        {low, {DW::DW_FORM_addr, 0x1010, {}}, {}, true},
        {low, {DW::DW_FORM_addr, 0x1000, {}}, {}, true},
        {low, {DW::DW_FORM_data4, 0, {}}, {}, true},
        {low, {}, {}, true},
        {{}, {DW::DW_FORM_data4, 4, {}}, {}, true},
        {low, {DW::DW_FORM_addrx, 99, {}}, {}, false},
        {low, {DW::DW_FORM_string, 0, {}}, {}, false},
    };
    for (const auto& each : cases) {
        dwarf::PcAttributes pc;
        pc.set(DW::DW_AT_low_pc, each.low);
        pc.set(DW::DW_AT_high_pc, each.high);
        const auto walked = walk(open.unit(), pc);
        CAPTURE(each.high.form);
        CHECK(walked.ranges == each.expected);
        CHECK(walked.whole == each.whole);
    }
}

TEST_CASE("every kind of entry in .debug_rnglists") {
    for (const ElfKind kind : kAllKinds) {
        for (const unsigned offset_size : {4U, 8U}) {
            DwarfBuilder dwarf({5, offset_size, kind});
            const unsigned width = dwarf.kind().address_size();
            auto& out = dwarf.section("rnglists");
            out.zeros(4).word(2 * offset_size, offset_size).word(0, offset_size);
            const std::uint64_t list = out.size();
            out.u8(DW::DW_RLE_offset_pair).uleb(1).uleb(3);
            out.u8(DW::DW_RLE_base_addressx).uleb(1);
            out.u8(DW::DW_RLE_offset_pair).uleb(4).uleb(6);
            out.u8(DW::DW_RLE_base_address).word(0x5000, width);
            out.u8(DW::DW_RLE_offset_pair).uleb(0).uleb(8);
            out.u8(DW::DW_RLE_startx_endx).uleb(0).uleb(2);
            out.u8(DW::DW_RLE_startx_length).uleb(2).uleb(0x20);
            out.u8(DW::DW_RLE_start_end).word(0x7000, width).word(0x7100, width);
            out.u8(DW::DW_RLE_start_length).word(0x8000, width).uleb(0x300);
            out.u8(DW::DW_RLE_start_length).word(0x9000, width).uleb(0);
            out.u8(DW::DW_RLE_end_of_list);
            unit_with_bases(dwarf);
            const OpenUnit open(dwarf);
            const Pairs expected{{0x1001, 0x1003}, {0x1104, 0x1106}, {0x5000, 0x5008},
                                 {0x1000, 0x1200}, {0x1200, 0x1220}, {0x7000, 0x7100},
                                 {0x8000, 0x8300}};
            const auto by_offset = walk(open.unit(), list_at(list));
            CHECK(by_offset.ranges == expected);
            CHECK(by_offset.whole);
            const auto by_index = walk(open.unit(), list_at(0, DW::DW_FORM_rnglistx));
            CHECK(by_index.ranges == expected);
            CHECK_FALSE(walk(open.unit(), list_at(~0ULL, DW::DW_FORM_rnglistx)).whole);
            CHECK(dwarf::range_holding(open.unit(), list_at(list), 0x5007));
            CHECK_FALSE(dwarf::range_holding(open.unit(), list_at(list), 0x5008));
        }
    }
}

TEST_CASE("tombstones in .debug_rnglists are passed over, what follows is not") {
    for (const ElfKind kind : kAllKinds) {
        DwarfBuilder dwarf({5, 4, kind});
        const unsigned width = dwarf.kind().address_size();
        auto& out = dwarf.section("rnglists");
        for (const std::uint64_t tombstone : {~0ULL, ~0ULL - 1}) {
            out.u8(DW::DW_RLE_start_length).word(tombstone, width).uleb(0x10);
            out.u8(DW::DW_RLE_start_end).word(tombstone, width).word(tombstone, width);
            out.u8(DW::DW_RLE_base_address).word(tombstone, width);
            out.u8(DW::DW_RLE_offset_pair).uleb(0x1010).uleb(0x1020);
        }
        out.u8(DW::DW_RLE_base_addressx).uleb(3);
        out.u8(DW::DW_RLE_offset_pair).uleb(0x1010).uleb(0x1020);
        out.u8(DW::DW_RLE_startx_length).uleb(3).uleb(0x2000);
        out.u8(DW::DW_RLE_startx_length).uleb(77).uleb(0x2000);
        out.u8(DW::DW_RLE_start_length).word(0x1800, width).uleb(8);
        out.u8(DW::DW_RLE_end_of_list);
        unit_with_bases(dwarf);
        const OpenUnit open(dwarf);
        const auto walked = walk(open.unit(), list_at(0));
        CHECK(walked.ranges == Pairs{{0x1800, 0x1808}});
        CHECK(walked.whole);
    }
}

TEST_CASE("every kind of entry in .debug_ranges") {
    for (const ElfKind kind : kAllKinds) {
        for (const auto version : std::initializer_list<std::uint16_t>{2, 3, 4}) {
            DwarfBuilder dwarf({version, 4, kind});
            const unsigned width = dwarf.kind().address_size();
            auto& out = dwarf.section("ranges");
            const auto pair = [&](std::uint64_t a, std::uint64_t b) {
                out.word(a, width).word(b, width);
            };
            pair(0x10, 0x20);  // from the unit's base
            pair(0x30, 0x30);  // empty
            pair(~0ULL, 0);    // base selection
            pair(1, 1);        // discarded, as bfd writes it
            pair(0x1800, 0x1810);
            pair(~0ULL, ~0ULL);   // discarded, as lld writes it
            pair(~0ULL, 0x5000);  // base selection
            pair(0, 4);
            pair(0, 0);
            pair(0x666, 0x777);  // after the end
            unit_with_bases(dwarf);
            const OpenUnit open(dwarf);
            const auto walked = walk(open.unit(), list_at(0, DW::DW_FORM_data4));
            CHECK(walked.ranges == Pairs{{0x1010, 0x1020}, {0x1800, 0x1810}, {0x5000, 0x5004}});
            CHECK(walked.whole);
        }
    }
}

TEST_CASE("a list without an end, of an unknown kind or beyond the section is damage") {
    DwarfBuilder dwarf;
    auto& out = dwarf.section("rnglists");
    out.u8(DW::DW_RLE_start_length).u64(0x1800).uleb(8).u8(0x55);
    const auto cut = out.size();
    out.u8(DW::DW_RLE_start_length).u64(0x1900).uleb(8).u8(DW::DW_RLE_start_end).u32(1);
    unit_with_bases(dwarf);
    const OpenUnit open(dwarf);
    const auto unknown = walk(open.unit(), list_at(0));
    CHECK(unknown.ranges == Pairs{{0x1800, 0x1808}});
    CHECK_FALSE(unknown.whole);
    const auto endless = walk(open.unit(), list_at(cut));
    CHECK(endless.ranges == Pairs{{0x1900, 0x1908}});
    CHECK_FALSE(endless.whole);
    CHECK_FALSE(walk(open.unit(), list_at(1 << 20)).whole);
    DwarfBuilder old({4, 4, {}});
    old.section("ranges").u64(0x10).u64(0x20).u64(3);
    unit_with_bases(old);
    const OpenUnit four(old);
    CHECK_FALSE(walk(four.unit(), list_at(0)).whole);
}

TEST_CASE("the walk stops when the visitor has enough") {
    DwarfBuilder dwarf({4, 4, {}});
    for (std::uint64_t i = 1; i < 9; ++i) dwarf.section("ranges").u64(i * 0x10).u64(i * 0x10 + 4);
    dwarf.section("ranges").u64(0).u64(0);
    unit_with_bases(dwarf);
    const OpenUnit open(dwarf);
    int visits = 0;
    CHECK(
        dwarf::for_each_range(open.unit(), list_at(0), [&](AddressRange) { return ++visits < 3; }));
    CHECK(visits == 3);
}

TEST_CASE("where code begins and is entered") {
    DwarfBuilder dwarf;
    unit_with_bases(dwarf);
    const unsigned width = dwarf.kind().address_size();
    dwarf.section("rnglists").zeros(4);
    // An empty range, one at 0x1200, and one before it.
    const auto list = dwarf.section("rnglists").size();
    for (const auto& [low, length] : {std::pair{0x1300, 0}, {0x1200, 0x20}, {0x1100, 0x10}}) {
        dwarf.section("rnglists").u8(DW::DW_RLE_start_length).word(low, width).uleb(length);
    }
    dwarf.section("rnglists").u8(DW::DW_RLE_end_of_list);
    const OpenUnit open(dwarf);
    const auto parts = list_at(list);
    dwarf::PcAttributes whole;
    whole.low_pc = FormValue{DW::DW_FORM_addr, 0x1010, {}};
    whole.high_pc = FormValue{DW::DW_FORM_data1, 0x20, {}};
    const dwarf::PcValue address = FormValue{DW::DW_FORM_addr, 0x1208, {}};
    const dwarf::PcValue distance = FormValue{DW::DW_FORM_data1, 4, {}};
    CHECK(dwarf::base_of_code(open.unit(), parts) == 0x1200);
    CHECK(dwarf::base_of_code(open.unit(), whole) == 0x1010);
    CHECK_FALSE(dwarf::base_of_code(open.unit(), {}));
    CHECK(dwarf::entry_of_code(open.unit(), parts, {}) == 0x1200);
    CHECK(dwarf::entry_of_code(open.unit(), parts, address) == 0x1208);
    CHECK(dwarf::entry_of_code(open.unit(), parts, distance) == 0x1204);
    CHECK(dwarf::entry_of_code(open.unit(), whole, distance) == 0x1014);
    CHECK_FALSE(dwarf::entry_of_code(open.unit(), {}, distance));
}
