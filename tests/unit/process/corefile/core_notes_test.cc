#include "process/corefile/core_notes.h"

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
        unsigned register_size = 0;  ///< 0: that of a word
    };
    const std::vector<Expected> machines{
        {62, true, false, 27, 0x110, 0x113},   {3, false, false, 17, 0x10c, 0x10f},
        {183, true, false, 34, 0x120, 0x11f},  {40, false, false, 18, 0x10e, 0x10d},
        {21, true, false, 48, 0x120, 0x101},   {22, true, true, 27, 0x101, 0x111},
        {243, true, false, 32, 0x100, 0x102},  {243, false, false, 32, 0x100, 0x102},
        {20, false, true, 48, 0x120, 0x101},   {8, true, false, 45, 0x122, 0x11d},
        {8, false, true, 45, 0x128, 0x123},    {8, false, false, 45, 0x122, 0x11d, 8},
        {8, false, true, 45, 0x122, 0x11d, 8}, {62, false, false, 27, 0x110, 0x113, 8},
        {258, true, false, 45, 0x121, 0x103},  {22, false, true, 36, 0x101, 0x111},
        {43, true, true, 36, 0x121, 0x10e},    {2, false, true, 38, 0x121, 0x10e},
        {18, false, true, 38, 0x121, 0x10e},
    };
    for (const Expected& each : machines) {
        CAPTURE(each.machine);
        CoreBuilder builder;
        builder.machine = each.machine;
        builder.wide = each.wide;
        builder.big_endian = each.big_endian;
        builder.register_size = each.register_size;
        builder.thread(77, 11, counted(each.words));
        const auto notes = notes_of(builder);
        REQUIRE(notes.threads.size() == 1);
        CHECK(notes.threads[0].tid == 77);
        CHECK(notes.facts.signal == 11);
        REQUIRE(notes.threads[0].registers);
        const auto* facts =
            process::machine_facts(each.machine, each.wide ? 8 : 4, notes.register_size);
        REQUIRE(facts != nullptr);
        CHECK(facts->register_size ==
              (each.register_size != 0 ? each.register_size : builder.word()));
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
    CHECK(notes.facts.code == 1);
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

TEST_CASE("which bits of a return address are a signature is told for each thread") {
    CoreBuilder builder;
    builder.machine = elf::kArm64;
    builder.thread(10, 11, counted(34));
    // The bits of data's addresses, then those of code's.
    builder.note(0x406, ByteWriter().u64(0x11).u64(0x7f'0000'0000'0000).data(), "LINUX");
    builder.thread(11, 0, counted(34));
    builder.note(0x406, ByteWriter().u64(0x11).u32(0x22).data(), "LINUX");
    const auto notes = notes_of(builder);
    REQUIRE(notes.threads.size() == 2);
    CHECK(notes.threads[0].registers->signature_bits == 0x7f'0000'0000'0000);
    CHECK(notes.threads[1].registers->signature_bits == 0);  // cut short
}

TEST_CASE("MIPS has a signal's code before its errno") {
    CoreBuilder builder;
    builder.machine = elf::kMips;
    builder.thread(10, 11, counted(45));
    builder.note(0x53494749,
                 ByteWriter().u32(11).u32(1).u32(0).u32(0).u64(0xdead).zeros(104).data());
    const auto notes = notes_of(builder);
    CHECK(notes.facts.code == 1);
    CHECK(notes.facts.fault_address == 0xdead);
}

TEST_CASE("MIPS has another number for SIGBUS, and has an address with it") {
    for (const int signal : {7, 10}) {
        CAPTURE(signal);
        CoreBuilder builder;
        builder.machine = elf::kMips;
        builder.thread(10, signal, counted(45));
        const auto number = static_cast<std::uint32_t>(signal);
        builder.note(0x53494749,
                     ByteWriter().u32(number).u32(1).u32(0).u32(0).u64(0xdead).zeros(104).data());
        const auto notes = notes_of(builder);
        CHECK(notes.facts.machine == elf::kMips);
        CHECK(notes.facts.fault_address.has_value() == (signal == 10));
    }
}

TEST_CASE("registers of 8 bytes that are cut short are not taken for some of 4") {
    // o32 and n32 are one machine: the size of the note tells them apart.
    CoreBuilder builder;
    builder.machine = elf::kMips;
    builder.wide = false;
    builder.register_size = 8;
    builder.thread(77, 11, counted(36));
    const auto notes = notes_of(builder);
    CHECK_FALSE(notes.threads[0].registers);
    CHECK(notes.problems == std::vector<std::string>{"a thread's registers are cut short"});
}

TEST_CASE("a signal that was sent has a sender and no address") {
    CoreBuilder builder;
    builder.thread(10, 6, counted(27));
    builder.note(
        0x53494749,
        ByteWriter().u32(6).u32(0).u32(0xfffffffa).u32(0).u32(99).u32(7).zeros(104).data());
    const auto notes = notes_of(builder);
    CHECK(notes.facts.code == -6);
    CHECK(notes.facts.sender == 99);
    CHECK(notes.facts.sender_user == 7);
    CHECK_FALSE(notes.facts.fault_address);
}

TEST_CASE("a signal of the kernel or a timer has neither") {
    for (const std::uint32_t code : {0x80U, 0xfffffffeU, 0xfffffffbU}) {
        CAPTURE(code);
        CoreBuilder builder;
        builder.thread(10, 11, counted(27));
        builder.note(0x53494749,
                     ByteWriter().u32(11).u32(0).u32(code).u32(0).u32(99).zeros(108).data());
        const auto notes = notes_of(builder);
        CHECK(notes.facts.code == static_cast<int>(code));
        CHECK_FALSE(notes.facts.fault_address);
        CHECK_FALSE(notes.facts.sender);
        CHECK_FALSE(notes.facts.sender_user);
    }
}

TEST_CASE("without siginfo, or where it is of another signal, there is no code") {
    CoreBuilder builder;
    builder.thread(10, 11, counted(27));
    CHECK_FALSE(notes_of(builder).facts.code);
    builder.note(0x53494749, ByteWriter().u32(6).u32(0).u32(1).zeros(116).data());
    CHECK_FALSE(notes_of(builder).facts.code);
}

TEST_CASE("the auxiliary vector is kept as it is, up to its end") {
    CoreBuilder builder;
    builder.thread(10, 11, counted(27));
    builder.note(6, ByteWriter().u64(22).u64(1).u64(22).u64(2).u64(0).u64(0).u64(9).u64(9).data());
    auto notes = notes_of(builder);
    REQUIRE(notes.facts.auxiliary.size() == 2);
    CHECK(notes.facts.auxiliary[1].type == 22);
    CHECK(notes.facts.auxiliary[1].value == 2);
    CHECK(notes.auxiliary.entry == 0);
    CHECK(auxiliary_name(22) == "AT_IGNOREPPC");
    CHECK(auxiliary_name(51) == "AT_MINSIGSTKSZ");
    CHECK(auxiliary_name(52).empty());
    CHECK(auxiliary_name(~std::uint64_t{0}).empty());
    // One without an end.
    ByteWriter endless;
    for (int i = 0; i < 5000; ++i) endless.u64(6).u64(4096);
    builder.note(6, endless.data());
    CHECK(notes_of(builder).facts.auxiliary.size() == 256);
}

TEST_CASE("a thread's other registers follow its status") {
    CoreBuilder builder;
    builder.note(2, ByteWriter().u64(0).data());  // of no thread
    builder.thread(10, 11, counted(27));
    builder.note(2, ByteWriter().u64(1).data());
    builder.note(0x202, ByteWriter().u64(2).data(), "LINUX");
    builder.note(0x405, ByteWriter().u64(3).data(), "LINUX");  // of another machine
    builder.note(0x202, ByteWriter().u64(4).data(), "OTHER");
    builder.thread(11, 0, counted(27));
    for (int i = 0; i < 20; ++i) builder.note(2, ByteWriter().u64(5).data());
    builder.note(0x205, ByteWriter().u64(6).data(), "LINUX");
    const TemporaryFolder folder;
    const auto image = process::CoreImage::open(folder.write("core", builder.build()));
    REQUIRE(image);
    const auto notes = process::read_core_notes(*image);
    REQUIRE(notes.threads.size() == 2);
    const auto& sets = notes.threads[0].register_sets;
    REQUIRE(sets.size() == 3);
    CHECK(sets[0].type == process::kGeneralSet);
    CHECK(sets[0].bytes.size() == 27 * 8 + 8);
    CHECK(sets[1].bytes[0] == 1);
    CHECK(sets[2].bytes[0] == 2);
    CHECK(notes.threads[1].register_sets.size() == 4);
    REQUIRE(notes.xsave_layout.size() == 8);
    CHECK(notes.xsave_layout[0] == 6);
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
