#include "vmcore/dump.h"

#include <doctest/doctest.h>

#include <random>

#include "support/files.h"
#include "vmcore/dump_image.h"
#include "vmcore/unwind/kernel_unwinder.h"
#include "vmcore/unwind/s390_unwinder.h"

using namespace symline;
using namespace symline::vmcore;
using namespace symline::test;

namespace {

/// The kernel's page at 0xffffffff81000000, which holds its log's characters, and the page tables.
constexpr std::uint64_t kKernel = 0xffffffff81000000;

std::string info_text() {
    return "OSRELEASE=3.2.0\nSYMBOL(swapper_pg_dir)=ffffffff81001000\nNUMBER(phys_base)=0\n"
           "SYMBOL(_stext)=ffffffff81000000\nSYMBOL(log_buf)=ffffffff81000000\n"
           "SYMBOL(log_buf_len)=ffffffff81000008\nSYMBOL(log_end)=ffffffff81000010\n";
}

ByteVector padded(ByteWriter page) {
    page.zeros(4096 - page.size());
    return page.data();
}

ByteVector table(unsigned index, std::uint64_t entry) {
    ByteWriter out;
    out.zeros(4096);
    out.patch(std::size_t{8} * index, entry | 1, 8);
    return out.data();
}

std::vector<VmcoreSegment> memory() {
    ByteWriter kernel;
    kernel.u64(kKernel + 0x20)
        .u32(64)
        .u32(0)
        .u32(12)
        .zeros(12)
        .text_only("Hello, log.\n")
        .zeros(64);
    return {{0x1000000, padded(kernel)},
            {0x1001000, table(511, 0x1002000)},
            {0x1002000, table(510, 0x1003000)},
            {0x1003000, table(8, 0x1004000)},
            {0x1004000, table(0, 0x1000000)}};
}

ByteVector notes(bool with_info) {
    ByteWriter out;
    add_note(out, "CORE", 1, prstatus(1, kKernel, kKernel + 0x100));
    if (with_info) add_note(out, "VMCOREINFO", 0, ByteWriter().text_only(info_text()).data());
    return out.data();
}

/// NT_PRPSINFO is in the core of every process.
ByteVector of_process() {
    ByteWriter out;
    add_note(out, "CORE", 1, prstatus(1, kKernel, kKernel + 0x100));
    add_note(out, "CORE", 3, ByteWriter().zeros(136).data());
    return out.data();
}

ByteVector compressed() {
    std::vector<CompressedPage> pages;
    for (const auto& each : memory()) pages.push_back({each.address / 4096, 0, each.contents});
    return compressed_vmcore(notes(true), pages).data();
}

S390Unwinder::Kernel s390_kernel() {
    return {.chain = {.code = KernelCode({{0x100000, 0x200000}}, {}),
                      .frame = S390Unwinder::kFrame,
                      .call_frame = {}}};
}

/// Its second megabyte is the kernel, and the lowest page leads to VMCOREINFO.
ByteVector s390_dump(bool info_in_notes) {
    const std::string text =
        "OSRELEASE=3.2.0\nSYMBOL(swapper_pg_dir)=4000\nSYMBOL(_stext)=100000\n"
        "SYMBOL(log_buf)=100000\nSYMBOL(log_buf_len)=100008\nSYMBOL(log_end)=100010\n"
        "SYMBOL(lowcore_ptr)=100100\nLENGTH(lowcore_ptr)=3\n";
    ByteWriter info(true);
    add_note(info, "VMCOREINFO", 0, ByteWriter().text_only(text).data());
    ByteWriter lowest(true);
    lowest.zeros(0xe0c).u64(0x2000).zeros(4096 - 0xe14);
    ByteWriter note_pages = info;
    note_pages.zeros(8192 - note_pages.size());
    ByteWriter table(true);
    table.u64(0x20).u64(0x100400).zeros(16384 - 16);
    ByteWriter kernel(true);
    kernel.u64(0x100020).u32(64).u32(0).u32(12).zeros(12).text_only("Hello, log.\n");
    kernel.zeros(0x100 - kernel.size()).u64(0x7000).u64(0x9000).u64(0x8000);
    ByteWriter notes(true);
    for (const std::uint32_t prefix : {0x8000, 0xa000}) {
        add_note(notes, "CORE", 1, s390_prstatus(1, 0x100010, 0x100400));
        add_note(notes, "LINUX", 0x305, ByteWriter(true).u32(prefix).data());
    }
    if (info_in_notes) notes.bytes(info.data());
    auto image = elf_vmcore(notes.data(),
                            {{0, lowest.data()},
                             {0x2000, note_pages.data()},
                             {0x4000, table.data()},
                             {0x100000, padded(kernel)}},
                            false, true);
    image.patch(18, 22, 2);
    return image.data();
}

}  // namespace

TEST_CASE("kernel dump: the same log out of each form") {
    const TemporaryFolder folder;
    auto searched = memory();
    searched.push_back({0x2000000, padded(ByteWriter().text_only("OSRELEASE=0\nstale"))});
    searched.push_back({0x2001000, padded(ByteWriter().text_only(info_text()))});
    const std::vector<ByteVector> forms{elf_vmcore(notes(true), memory()).data(),
                                        elf_vmcore(notes(true), memory(), true).data(),
                                        elf_vmcore(notes(false), searched).data(), compressed(),
                                        flattened({{0, compressed()}}).data()};
    for (const auto& form : forms) {
        const auto path = folder.write("vmcore", form);
        if (&form != &forms[2]) CHECK(is_kernel_dump(path));
        const auto dump = Dump::open(path);
        REQUIRE(dump.has_value());
        CHECK(dump->problems().empty());
        CHECK(dump->vmcoreinfo().release() == "3.2.0");
        REQUIRE(dump->cpus().size() == 1);
        CHECK(std::get<KernelRegisters>(dump->cpus()[0].registers).ip == kKernel);
        CHECK(dump->log().value() == "Hello, log.\n");
    }
}

TEST_CASE("kernel dump: of s390x, with VMCOREINFO in its notes and where the lowest page leads") {
    const TemporaryFolder folder;
    for (const bool with_info : {false, true}) {
        const auto path = folder.write("vmcore", s390_dump(with_info));
        CHECK(is_kernel_dump(path));
        const auto dump = Dump::open(path);
        REQUIRE(dump.has_value());
        CHECK(dump->problems().empty());
        CHECK(dump->machine() == elf::kS390);
        CHECK(dump->vmcoreinfo().release() == "3.2.0");
        REQUIRE(dump->cpus().size() == 2);
        CHECK(std::get<S390Registers>(dump->cpus()[0].registers).ip == 0x100010);
        // By the addresses of their lowest pages; what the kernel does not know keeps its place.
        CHECK(dump->cpus()[0].number == 2);
        CHECK(dump->cpus()[1].number == 1);
        CHECK(dump->log().value() == "Hello, log.\n");
    }
}

TEST_CASE("kernel dump: what is none, and what is of another machine") {
    const TemporaryFolder folder;
    CHECK_FALSE(is_kernel_dump(folder.path("missing")));
    CHECK_FALSE(is_kernel_dump(folder.write("text", "hello")));
    CHECK_FALSE(is_kernel_dump(folder.write("core", elf_vmcore(of_process(), memory()).data())));
    auto other = elf_vmcore(notes(true), memory());
    other.patch(18, 258, 2);
    const auto dump = Dump::open(folder.write("other", other.data()));
    REQUIRE_FALSE(dump.has_value());
    CHECK(dump.error().message ==
          "a kernel dump of machine loongarch: only those of x86-64, arm64, riscv64, ppc64le and "
          "s390x are read");
    ByteWriter of_mips(true);
    add_note(of_mips, "CORE", 1, ByteVector(480));
    for (const auto& [name, said] :
         {std::pair("mips64", "mips"), {"Unknown", "unknown to its header"}}) {
        const auto image = compressed_vmcore(of_mips.data(), {}, 4096, name, true);
        const auto refused = Dump::open(folder.write("mips", image.data()));
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().message.starts_with("a kernel dump of machine " + std::string(said) +
                                                  ":"));
    }
}

TEST_CASE("kernel dump: what is of a machine with 32 bits") {
    const TemporaryFolder folder;
    constexpr std::size_t kName = 12 + 4 * 65, kBlockSize = 416, kNext = 428;
    // As QEMU writes it: its block size stands before that of a 64-bit header, where the number of
    // pages looks like one.
    const auto of_machine = [&](std::string_view name) {
        auto bytes = compressed();
        std::fill_n(bytes.begin() + kName, 65, std::uint8_t{0});
        std::copy(name.begin(), name.end(), bytes.begin() + kName);
        bytes[kBlockSize + 1] = 0x10;
        bytes[kNext + 1] = 0;
        bytes[kNext + 2] = 1;
        const auto path = folder.write("vmcore", bytes);
        CHECK(is_kernel_dump(path));
        const auto dump = Dump::open(path);
        REQUIRE_FALSE(dump.has_value());
        return dump.error().message.substr(0, dump.error().message.find(':'));
    };
    CHECK(of_machine("Unknown") == "a kernel dump of machine unknown, with 32 bits");
    CHECK(of_machine("i686") == "a kernel dump of machine i386");
    CHECK(of_machine("armv7l") == "a kernel dump of machine arm");

    // As ELF: e_phoff, e_phentsize and e_phnum, then PT_NOTE and PT_LOAD.
    const auto narrow_elf = [&](const ByteVector& notes, std::uint32_t physical) {
        ByteWriter elf;
        elf.text_only(
               "\x7f"
               "ELF")
            .u8(1)
            .u8(1)
            .u8(1)
            .zeros(9)
            .u16(4)
            .u16(40)
            .u32(1);
        elf.u32(0).u32(52).u32(0).u32(0).u16(52).u16(32).u16(2).zeros(6);
        const auto size = static_cast<std::uint32_t>(notes.size());
        elf.u32(4).u32(116).u32(0).u32(0).u32(size).u32(size).zeros(8);
        elf.u32(1).u32(116).u32(physical).u32(physical).u32(4).u32(4).u32(7).u32(1);
        return elf.bytes(notes).zeros(64).data();
    };
    const auto memory_of_arm = folder.write("arm32", narrow_elf(notes(false), 0x40000000));
    CHECK(is_kernel_dump(memory_of_arm));
    CHECK(Dump::open(memory_of_arm).error().message.starts_with("a kernel dump of machine arm: "));
    const auto process_of_arm = folder.write("process32", narrow_elf(of_process(), 0));
    CHECK_FALSE(is_kernel_dump(process_of_arm));
    CHECK(
        Dump::open(process_of_arm).error().message.starts_with("an ELF core, but not of a kernel"));

    // QEMU has no note of its own for arm; its memory begins above 0, where no process's does.
    auto arm = elf_vmcore(notes(false), memory());
    arm.patch(18, 40, 2);
    const auto path = folder.write("arm", arm.data());
    CHECK(is_kernel_dump(path));
    const auto dump = Dump::open(path);
    REQUIRE_FALSE(dump.has_value());
    CHECK(dump.error().message.starts_with("a kernel dump of machine arm: only those of "));
    auto process = elf_vmcore(of_process(), memory());
    process.patch(18, 40, 2);
    CHECK_FALSE(is_kernel_dump(folder.write("process", process.data())));
}

namespace {

/// Of a little-endian kernel, all in the first pages of memory: the log, the page tables' first
/// entry, VMCOREINFO, which QEMU does not write.
std::vector<VmcoreSegment> ppc64_memory(bool big_endian) {
    ByteWriter kernel(big_endian);
    kernel.u64(0xc000000000000020).u32(64).u32(0).u32(12).zeros(12);
    kernel.text_only("Hello, log.\n").zeros(64);
    ByteVector all = padded(kernel);
    const auto add = [&](ByteWriter page) {
        const ByteVector bytes = padded(std::move(page));
        all.insert(all.end(), bytes.begin(), bytes.end());
    };
    add(ByteWriter(true).u64(0x8000000000002009));
    add(ByteWriter().text_only(
        "OSRELEASE=6.1.0\nPAGESIZE=65536\nSYMBOL(swapper_pg_dir)=c000000000001000\n"
        "SYMBOL(_stext)=c000000000000000\nSYMBOL(log_buf)=c000000000000000\n"
        "SYMBOL(log_buf_len)=c000000000000008\nSYMBOL(log_end)=c000000000000010\n"));
    all.resize(65536);
    return {{0, all}};
}

/// The notes of QEMU, or with one that only cores of processes have.
ByteVector ppc64_notes(bool big_endian, bool of_process = false) {
    ByteWriter out(big_endian);
    add_note(out, "CORE", 1, ppc64_prstatus(0xc000000000000100, 0xc000000000000200, big_endian));
    if (of_process) add_note(out, "CORE", 3, ByteVector(136));
    add_note(out, "CORE", 2, ByteVector(264));
    return out.data();
}

}  // namespace

TEST_CASE("kernel dump: QEMU's of ppc64, whose headers need not have the kernel's byte order") {
    const TemporaryFolder folder;
    for (const bool headers : {true, false}) {
        for (const bool kernel : {false, true}) {
            auto elf = elf_vmcore(ppc64_notes(headers), ppc64_memory(kernel), false, headers);
            elf.patch(18, 21, 2);
            const auto compressed =
                compressed_vmcore(ppc64_notes(headers), {{0, 0, ppc64_memory(kernel)[0].contents}},
                                  65536, "Unknown", headers);
            for (const auto& form : {elf, compressed}) {
                const auto path = folder.write("vmcore", form.data());
                CHECK(is_kernel_dump(path));
                const auto dump = Dump::open(path);
                REQUIRE(dump.has_value());
                CHECK(dump->machine() == elf::kPpc64);
                CHECK(dump->problems().empty());
                REQUIRE(dump->cpus().size() == 1);
                const auto& registers = std::get<Ppc64Registers>(dump->cpus()[0].registers);
                CHECK(registers.ip == 0xc000000000000100);
                CHECK(registers.sp == 0xc000000000000200);
                CHECK(dump->memory()->big_endian() == kernel);
                CHECK(dump->log().value() == "Hello, log.\n");
            }
        }
    }
    auto process = elf_vmcore(ppc64_notes(false, true), {{0, ByteVector(4096)}});
    process.patch(18, 21, 2);
    CHECK_FALSE(is_kernel_dump(folder.write("core", process.data())));
}

TEST_CASE("kernel dump: 2,000 damaged ones") {
    const TemporaryFolder folder;
    const std::vector<ByteVector> forms{elf_vmcore(notes(true), memory()).data(),
                                        elf_vmcore(notes(true), memory(), true).data(),
                                        compressed(),
                                        flattened({{0, compressed()}}).data(),
                                        s390_dump(true),
                                        s390_dump(false)};
    std::mt19937 random(11);
    for (int round = 0; round < 2000; ++round) {
        ByteVector bytes = forms[random() % forms.size()];
        const std::size_t reach =
            random() % 2 ? bytes.size() : std::min<std::size_t>(bytes.size(), 4400);
        for (unsigned i = random() % 16; i > 0; --i) {
            bytes[random() % reach] = static_cast<std::uint8_t>(random() % 3 ? random() : 0xff);
        }
        if (random() % 4 == 0) bytes.resize(random() % bytes.size() + 1);
        const auto path = folder.write("vmcore", bytes);
        is_kernel_dump(path);
        const auto dump = Dump::open(path);
        if (!dump) {
            CHECK_FALSE(dump.error().message.empty());
            continue;
        }
        const auto log = dump->log();
        if (!log) CHECK_FALSE(log.error().message.empty());
        if (dump->memory() == nullptr) continue;
        const KernelUnwinder x86(*dump->memory(), {}, OrcFormat::of_release("6.1"));
        const S390Unwinder s390(*dump->memory(), s390_kernel());
        for (const auto& cpu : dump->cpus()) {
            if (dump->machine() == elf::kX86_64) x86.unwind(cpu.registers);
            if (dump->machine() == elf::kS390) s390.unwind(cpu.registers);
        }
    }
}
