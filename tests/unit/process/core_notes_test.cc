#include "process/core_notes.h"

#include <doctest/doctest.h>

#include <numeric>

#include "process/core_builder.h"
#include "support/files.h"

using namespace symline;
using namespace symline::test;

namespace {

process::CoreNotes notes_of(const CoreBuilder& builder) {
    const TemporaryFolder folder;
    const auto image = process::CoreImage::open(folder.write("core", builder.build()));
    REQUIRE(image);
    return process::read_core_notes(*image);
}

/// Register i holds 0x100 + i.
std::vector<std::uint64_t> counted(std::size_t count) {
    std::vector<std::uint64_t> values(count);
    std::iota(values.begin(), values.end(), std::uint64_t{0x100});
    return values;
}

}  // namespace

TEST_CASE("registers stand where each machine's kernel puts them") {
    struct Expected {
        std::uint16_t machine;
        bool wide;
        bool big_endian;
        std::size_t words;
        std::uint64_t pc;
        std::uint64_t sp;
    };
    const std::vector<Expected> machines{
        {62, true, false, 27, 0x110, 0x113},  {3, false, false, 17, 0x10c, 0x10f},
        {183, true, false, 34, 0x120, 0x11f}, {40, false, false, 18, 0x10e, 0x10d},
        {21, true, false, 48, 0x120, 0x101},  {22, true, true, 27, 0x101, 0x111},
        {243, true, false, 32, 0x100, 0x102},
    };
    for (const Expected& each : machines) {
        CAPTURE(each.machine);
        CoreBuilder builder;
        builder.machine = each.machine;
        builder.wide = each.wide;
        builder.big_endian = each.big_endian;
        builder.thread(77, 11, counted(each.words));
        const auto notes = notes_of(builder);
        REQUIRE(notes.threads.size() == 1);
        CHECK(notes.threads[0].tid == 77);
        CHECK(notes.facts.signal == 11);
        REQUIRE(notes.threads[0].registers);
        const auto* facts = process::machine_facts(each.machine, each.wide ? 8 : 4);
        REQUIRE(facts != nullptr);
        CHECK(notes.threads[0].registers->pc == each.pc);
        CHECK(notes.threads[0].registers->by_number(facts->stack_pointer) == each.sp);
    }
}

TEST_CASE("what the notes say of the process") {
    CoreBuilder builder;
    builder.thread(10, 11, counted(27));
    ByteWriter process;
    process.u32(0).u32(0).u64(0).u32(0).u32(0).u32(10).zeros(12);
    process.text_only("server").zeros(10).text_only("./server --fast ").zeros(64);
    builder.note(3, process.data());
    builder.note(0x53494749,
                 ByteWriter().u32(11).u32(0).u32(1).u32(0).u64(0xdead).zeros(104).data());
    ByteWriter files;
    files.u64(2).u64(4096).u64(0x1000).u64(0x2000).u64(0).u64(0x2000).u64(0x3000).u64(1);
    files.string("/usr/bin/server").string("/usr/bin/server");
    builder.note(0x46494c45, files.data());
    builder.note(6, ByteWriter().u64(9).u64(0x1040).u64(33).u64(0x7000).u64(0).u64(0).data());
    builder.thread(11, 0, counted(27));
    const auto notes = notes_of(builder);
    CHECK(notes.facts.pid == 10);
    CHECK(notes.facts.name == "server");
    CHECK(notes.facts.command_line == "./server --fast");
    CHECK(notes.facts.fault_address == 0xdead);
    CHECK_FALSE(notes.facts.sender);
    REQUIRE(notes.files.size() == 2);
    CHECK(notes.files[1].offset == 4096);
    CHECK(notes.files[1].path == "/usr/bin/server");
    CHECK(notes.auxiliary.entry == 0x1040);
    CHECK(notes.auxiliary.vdso == 0x7000);
    CHECK(notes.threads.size() == 2);
    CHECK(notes.problems.empty());
}

TEST_CASE("a signal that was sent has a sender and no address") {
    CoreBuilder builder;
    builder.thread(10, 6, counted(27));
    builder.note(0x53494749,
                 ByteWriter().u32(6).u32(0).u32(0xfffffffa).u32(0).u32(99).zeros(108).data());
    const auto notes = notes_of(builder);
    CHECK(notes.facts.sender == 99);
    CHECK_FALSE(notes.facts.fault_address);
}

TEST_CASE("notes that lie") {
    CoreBuilder builder;
    builder.thread(10, 11, {1, 2, 3});
    builder.note(0x46494c45, ByteWriter().u64(~std::uint64_t{0}).u64(4096).zeros(64).data());
    builder.note(1, {1, 2, 3});
    auto notes = notes_of(builder);
    CHECK(notes.threads.size() == 1);
    CHECK_FALSE(notes.threads[0].registers);
    CHECK(notes.files.empty());
    CHECK(notes.problems.size() == 3);
    builder.notes.resize(builder.notes.size() - 2);
    notes = notes_of(builder);
    CHECK(notes.problems.back() == "a note is cut short or damaged");
}
