#include "vmcore/memory/physical_memory.h"

#include <doctest/doctest.h>
#include <zlib.h>

#include "support/files.h"
#include "vmcore/dump_image.h"
#include "vmcore/format/dump_notes.h"
#include "vmcore/format/flattened_dump.h"

using namespace symline;
using namespace symline::vmcore;
using namespace symline::test;

namespace {

ByteVector filled(std::size_t size, std::uint8_t value) {
    return ByteVector(size, value);
}

std::string bytes_at(const PhysicalMemory& memory, std::uint64_t address, std::size_t size) {
    ByteVector bytes(size);
    if (!memory.read(address, bytes)) return "not there";
    return {bytes.begin(), bytes.end()};
}

std::unique_ptr<PhysicalMemory> opened(const ByteWriter& image,
                                       std::vector<std::string>& problems) {
    auto memory = open_physical_memory(fake_file(image), problems);
    REQUIRE(memory.has_value());
    return std::move(*memory);
}

ByteVector zlib(const ByteVector& plain) {
    uLongf size = compressBound(plain.size());
    ByteVector packed(size);
    REQUIRE(compress(packed.data(), &size, plain.data(), plain.size()) == Z_OK);
    packed.resize(size);
    return packed;
}

}  // namespace

TEST_CASE("ELF vmcore: memory by physical address, across segments, and notes") {
    ByteWriter notes;
    add_note(notes, "CORE", 1, prstatus(7, 0xffffffff81000010, 0xffffc90000001000));
    add_note(notes, "VMCOREINFO", 0, ByteWriter().text_only("OSRELEASE=6.1.0\n").data());
    for (const bool many : {false, true}) {
        std::vector<std::string> problems;
        const auto memory = opened(elf_vmcore(notes.data(),
                                              {{0x3000, filled(0x1000, 'c')},
                                               {0x1000, filled(0x1000, 'a')},
                                               {0x2000, filled(0x1000, 'b')},
                                               {0x1800, filled(0x1000, 'x')}},
                                              many),
                                   problems);
        CHECK(problems.empty());
        CHECK(bytes_at(*memory, 0x1ffe, 4) == "aaxx");  // the first that begins there counts
        CHECK(bytes_at(*memory, 0x27fe, 4) == "xxbb");
        CHECK(bytes_at(*memory, 0x2ffe, 4) == "bbcc");
        CHECK(bytes_at(*memory, 0x3ffe, 2) == "cc");
        CHECK(bytes_at(*memory, 0x3ffe, 4) == "not there");
        CHECK(bytes_at(*memory, 0xfff, 1) == "not there");
        const DumpNotes read = read_dump_notes(memory->header());
        REQUIRE(read.cpus.size() == 1);
        CHECK(read.cpus[0].pid == 7);
        const auto& registers = std::get<KernelRegisters>(read.cpus[0].registers);
        CHECK(registers.ip == 0xffffffff81000010);
        CHECK(registers.sp == 0xffffc90000001000);
        CHECK_FALSE(registers.user_mode());
        CHECK(read.vmcoreinfo.release() == "6.1.0");
    }
}

TEST_CASE("ELF vmcore: cut short, what is there is read") {
    const auto whole =
        elf_vmcore({}, {{0x1000, filled(0x1000, 'a')}, {0x5000, filled(0x1000, 'b')}});
    for (std::size_t size = 0; size < whole.size(); size += 37) {
        ByteWriter cut;
        cut.bytes({whole.data().begin(), whole.data().begin() + static_cast<std::ptrdiff_t>(size)});
        std::vector<std::string> problems;
        const auto memory = open_physical_memory(fake_file(cut), problems);
        CHECK(memory.has_value() == (size >= 64));
        if (memory) CHECK(!problems.empty());
    }
}

TEST_CASE("ELF vmcore: a count of headers that is not true") {
    auto image = elf_vmcore({}, {{0x1000, filled(16, 'a')}}, true);
    image.patch(64 + 2 * 56 + 44, 0xffffffff, 4);
    std::vector<std::string> problems;
    const auto memory = opened(image, problems);
    CHECK(bytes_at(*memory, 0x1000, 4) == "aaaa");
    CHECK(problems.size() >= 1);
}

TEST_CASE("kdump-compressed: pages in both forms, and those that were left out") {
    ByteWriter notes;
    add_note(notes, "CORE", 1, prstatus(1, 0x1234, 0x5678));
    const auto image = compressed_vmcore(notes.data(), {{1, 1, zlib(filled(4096, 'a'))},
                                                        {2, 0, filled(4096, 'b')},
                                                        {900, 1, zlib(filled(4096, 'c'))},
                                                        {901, 1, filled(10, 'd')}});
    std::vector<std::string> problems;
    const auto memory = opened(image, problems);
    CHECK(memory->header().machine == 62);
    CHECK(bytes_at(*memory, 0x1ffe, 4) == "aabb");
    CHECK(bytes_at(*memory, 0x2ffe, 4) == "not there");
    CHECK(bytes_at(*memory, 900 * 4096, 2) == "cc");
    CHECK(bytes_at(*memory, 901 * 4096, 2) == "not there");  // damaged
    CHECK(bytes_at(*memory, 0, 1) == "not there");
    CHECK(bytes_at(*memory, ~std::uint64_t{0} - 4096, 1) == "not there");
    std::vector<std::uint64_t> pages;
    memory->for_each_page(3, [&](std::uint64_t page) { return pages.push_back(page), true; });
    CHECK(pages == std::vector<std::uint64_t>{0x1000, 0x2000, 900 * 4096});
    CHECK(read_dump_notes(memory->header()).cpus.size() == 1);
}

TEST_CASE("kdump-compressed: blocks of 64 KB, as QEMU writes them of arm64") {
    ByteWriter notes;
    add_note(notes, "CORE", 1, arm64_prstatus(1, 0xffff800008010000, 0x5678));
    const auto image = compressed_vmcore(
        notes.data(), {{1, 1, zlib(filled(65536, 'a'))}, {2, 0, filled(65536, 'b')}}, 65536,
        "Unknown");
    std::vector<std::string> problems;
    const auto memory = opened(image, problems);
    CHECK(memory->header().machine == 0);
    CHECK(bytes_at(*memory, 0x1fffe, 4) == "aabb");
    CHECK(bytes_at(*memory, 0xfffe, 1) == "not there");
    CHECK(bytes_at(*memory, 0x30000, 1) == "not there");
    std::vector<std::uint64_t> pages;
    memory->for_each_page(17, [&](std::uint64_t page) { return pages.push_back(page), true; });
    REQUIRE(pages.size() == 17);
    CHECK(pages[1] == 0x11000);
    CHECK(pages[16] == 0x20000);
    // The header does not know the machine; the size of the registers tells it.
    const DumpNotes read = read_dump_notes(memory->header());
    CHECK(read.machine == 183);
    REQUIRE(read.cpus.size() == 1);
    const auto& registers = std::get<Arm64Registers>(read.cpus[0].registers);
    CHECK(registers.ip == 0xffff800008010000);
    CHECK(registers.sp == 0x5678);
    CHECK_FALSE(registers.user_mode());
    const auto names = named(read.cpus[0].registers);
    REQUIRE(names.size() == 34);
    CHECK(names[0].name == "pc");
    CHECK(names[33].value == 5);
}

TEST_CASE("kdump-compressed: blocks of impossible sizes") {
    const std::pair<std::uint32_t, ErrorCode> kSizes[] = {{0, ErrorCode::malformed},
                                                          {2048, ErrorCode::malformed},
                                                          {12288, ErrorCode::malformed},
                                                          {0x00080000, ErrorCode::malformed}};
    for (const auto& [size, code] : kSizes) {
        auto image = compressed_vmcore({}, {});
        image.patch(428, size, 4);
        std::vector<std::string> problems;
        const auto memory = open_physical_memory(fake_file(image), problems);
        REQUIRE_FALSE(memory);
        CHECK(memory.error().code == code);
    }
}

TEST_CASE("ELF vmcore: QEMU's of arm64 are told by what else is in the notes of a CPU") {
    ByteWriter notes;
    add_note(notes, "CORE", 1, arm64_prstatus(1, 0, 0));
    add_note(notes, "CORE", 2, ByteVector(528));
    for (const std::uint64_t address : {0, 0x40000000}) {  // a process's has no physical addresses
        auto image = elf_vmcore(notes.data(), {{address, filled(16, 'a')}});
        image.patch(18, 183, 2);
        std::vector<std::string> problems;
        const auto memory = opened(image, problems);
        CHECK(read_dump_notes(memory->header()).by_qemu == (address != 0));
    }
}

TEST_CASE("ELF vmcore: the registers of riscv64, and whose dump it is") {
    for (const bool with_info : {false, true}) {
        ByteWriter notes;
        add_note(notes, "CORE", 1, riscv_prstatus(7, 0xffffffff80002000, 0x5678));
        if (with_info) add_note(notes, "VMCOREINFO", 0, ByteWriter().text_only("A=b\n").data());
        auto image = elf_vmcore(notes.data(), {{0x80000000, filled(16, 'a')}});
        image.patch(18, 243, 2);
        std::vector<std::string> problems;
        const DumpNotes read = read_dump_notes(opened(image, problems)->header());
        CHECK(read.machine == 243);
        CHECK(read.by_qemu == !with_info);  // the kernel always writes one
        REQUIRE(read.cpus.size() == 1);
        const auto& registers = std::get<RiscvRegisters>(read.cpus[0].registers);
        CHECK(registers.ip == 0xffffffff80002000);
        CHECK(registers.sp == 0x5678);
        CHECK_FALSE(registers.user_mode());
        const auto names = named(read.cpus[0].registers);
        REQUIRE(names.size() == 32);
        CHECK(names[2].name == "sp");
        CHECK(names[2].value == 0x5678);
    }
}

TEST_CASE("flattened: put together in the order of its records") {
    const TemporaryFolder folder;
    const auto path = folder.write(
        "flat",
        flattened(
            {{10, filled(4, 'a')}, {0, filled(4, 'b')}, {12, filled(4, 'c')}, {2, filled(1, 'd')}})
            .data());
    std::vector<std::string> problems;
    const auto file = open_dump_file(path, problems);
    REQUIRE(file.has_value());
    CHECK(problems.empty());
    CHECK((*file)->size() == 16);
    const auto bytes = (*file)->read_some(0, 100);
    using namespace std::string_literals;
    CHECK(std::string(bytes.begin(), bytes.end()) == "bbdb\0\0\0\0\0\0aacccc"s);
    ByteVector too_many(4);
    CHECK_FALSE((*file)->read(13, too_many));
}

TEST_CASE("flattened: a dump in it, whole and cut short") {
    const auto dump = elf_vmcore({}, {{0x1000, filled(64, 'a')}});
    const auto whole = flattened({{0, dump.data()}});
    const TemporaryFolder folder;
    for (std::size_t size = 16; size <= whole.size(); size += 29) {
        const auto path = folder.write(
            "flat", ByteVector(whole.data().begin(),
                               whole.data().begin() + static_cast<std::ptrdiff_t>(size)));
        std::vector<std::string> problems;
        const auto file = open_dump_file(path, problems);
        CHECK((!file.has_value() || !problems.empty()));
    }
}

TEST_CASE("a file of neither form is refused with a reason") {
    std::vector<std::string> problems;
    const auto memory =
        open_physical_memory(fake_file(ByteWriter().text_only("hello, world")), problems);
    REQUIRE_FALSE(memory.has_value());
    CHECK(memory.error().message == "not a kernel dump: neither ELF nor kdump-compressed");
}

TEST_CASE("dumps of big-endian machines: ELF and kdump-compressed") {
    ByteWriter notes(true);
    add_note(notes, "CORE", 99, ByteVector(9));
    add_note(notes, "VMCOREINFO", 0, ByteWriter().text_only("OSRELEASE=6.1.0\n").data());
    std::vector<std::string> problems;
    auto elf = elf_vmcore(notes.data(), {{0x1000, filled(4096, 'a')}, {0x2000, filled(4096, 'b')}},
                          false, true);
    elf.patch(18, 21, 2);
    const auto compressed = compressed_vmcore(
        notes.data(), {{1, 1, zlib(filled(4096, 'a'))}, {2, 0, filled(4096, 'b')}}, 4096, "ppc64",
        true);
    for (const auto& image : {elf, compressed}) {
        const auto memory = opened(image, problems);
        CHECK(memory->header().machine == 21);
        CHECK(memory->header().big_endian);
        CHECK(bytes_at(*memory, 0x1ffe, 4) == "aabb");
        CHECK(bytes_at(*memory, 0x2ffe, 4) == "not there");
        CHECK(read_dump_notes(memory->header()).vmcoreinfo.release() == "6.1.0");
    }
    CHECK(problems.empty());
}

TEST_CASE("dumps of s390x: registers, and whose dump it is") {
    for (const bool with_prefix : {false, true}) {
        ByteWriter notes(true);
        add_note(notes, "CORE", 1, s390_prstatus(1, 0x100010, 0x38000bf8));
        if (with_prefix) add_note(notes, "LINUX", 0x305, ByteWriter(true).u32(0x13fe8000).data());
        auto elf = elf_vmcore(notes.data(), {{0, filled(4096, 'a')}}, false, true);
        elf.patch(18, 22, 2);
        const auto named_machine = compressed_vmcore(notes.data(), {}, 4096, "S390X", true);
        const auto unnamed = compressed_vmcore(notes.data(), {}, 4096, "Unknown", true);
        for (const auto& image : {elf, named_machine, unnamed}) {
            std::vector<std::string> problems;
            const DumpNotes read = read_dump_notes(opened(image, problems)->header());
            CHECK(read.machine == 22);
            CHECK(read.by_qemu == with_prefix);
            REQUIRE(read.cpus.size() == 1);
            CHECK(read.cpus[0].pid == 1);
            const auto& registers = std::get<S390Registers>(read.cpus[0].registers);
            CHECK(registers.ip == 0x100010);
            CHECK(registers.sp == 0x38000bf8);
            CHECK(registers.prefix == (with_prefix ? std::optional(0x13fe8000) : std::nullopt));
            CHECK_FALSE(registers.user_mode());
            const auto names = named(read.cpus[0].registers);
            REQUIRE(names.size() == 18);
            CHECK(names[0].name == "pswm");
            CHECK(names[17].value == 0x38000bf8);
        }
    }
}
