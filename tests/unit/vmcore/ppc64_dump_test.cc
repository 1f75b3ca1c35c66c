#include <doctest/doctest.h>

#include "elf/elf_file.h"
#include "support/kernel_options.h"
#include "symline/kernel_dump.h"
#include "vmcore/dump_image.h"

using namespace symline;
using namespace symline::test;

namespace {

constexpr const char* kVmlinux = "machines/vmlinux-ppc64le";
constexpr std::uint64_t kKernel = 0xc000000000000000;
constexpr std::uint64_t kTables = 0x3000, kLog = 0x4000, kStack = 0x8000, kSecondStack = 0xa000;
constexpr std::size_t kMemory = 0x10000;

/// What its places are is in the disassembly of vmlinux.
constexpr std::uint64_t kInVfsWrite = kKernel + 0x14c;  // the return address is not saved yet
constexpr std::uint64_t kInKsysWrite = kKernel + 0x200, kInDoSyscall = kKernel + 0x270;
constexpr std::uint64_t kInSystemCall = kKernel + 0x10;
constexpr std::uint64_t kInRunInit = kKernel + 0x78;  // its frame is gone
constexpr std::uint64_t kInStartKernel = kKernel + 0x1038;
constexpr std::uint64_t kUser = 0x100bd1f8, kUserStack = 0x7fffc64fe300;

ByteVector note_of_cpu(std::uint64_t ip, std::uint64_t sp, std::uint64_t link) {
    ByteWriter out(true);
    out.zeros(112).u64(link).u64(sp).zeros(30 * 8).u64(ip).u64(0x8000000000009033);
    out.zeros(2 * 8).u64(link).zeros(11 * 8 + 8);
    return out.data();
}

/// As QEMU writes it: headers and notes big-endian, memory little-endian, VMCOREINFO in it alone.
class Guest {
public:
    Guest() {
        memory_.zeros(kMemory);
        load();
        words(kLog, {kKernel + kLog + 0x20, 0x1000, 12});
        text(kLog + 0x20, "Hello, log.\n");
        stacks();
    }

    ByteVector dump() {
        ByteWriter table(true);
        const ByteVector first = table.u64(0x8000000000004009).data();
        text(kTables, {reinterpret_cast<const char*>(first.data()), first.size()});
        text(0xf000, info_);
        ByteWriter notes(true);
        add_note(notes, "CORE", 1, note_of_cpu(kInVfsWrite, kKernel + kStack, kInKsysWrite));
        add_note(notes, "CORE", 2, ByteVector(264));
        add_note(notes, "CORE", 1, note_of_cpu(kInRunInit, kKernel + kSecondStack, kInRunInit - 8));
        add_note(notes, "CORE", 2, ByteVector(264));
        auto image = elf_vmcore(notes.data(), {{0, memory_.data()}}, false, true);
        image.patch(18, 21, 2);
        return image.data();
    }

private:
    void words(std::uint64_t at, const std::vector<std::uint64_t>& values) {
        for (const std::uint64_t each : values) {
            memory_.patch(at, each, 8);
            at += 8;
        }
    }
    void text(std::uint64_t at, std::string_view characters) {
        for (const char each : characters) memory_.patch(at++, static_cast<unsigned char>(each), 1);
    }

    void load() {
        const auto vmlinux = elf::ElfFile::open(fixture(kVmlinux));
        REQUIRE(vmlinux);
        info_ =
            "OSRELEASE=6.6.0\nPAGESIZE=65536\nKERNELOFFSET=0\n"
            "SYMBOL(_stext)=c000000000000000\nSYMBOL(swapper_pg_dir)=c000000000003000\n"
            "SYMBOL(log_buf)=c000000000004000\nSYMBOL(log_buf_len)=c000000000004008\n"
            "SYMBOL(log_end)=c000000000004010\nBUILD-ID=" +
            vmlinux->build_id()->hex() + "\n";
        for (const Section& each : vmlinux->sections()) {
            if (each.address.value < kKernel) continue;
            const auto contents = vmlinux->contents(each);
            REQUIRE(contents);
            text(each.address.value - kKernel,
                 {reinterpret_cast<const char*>(contents->data()), contents->size()});
        }
    }

    void stacks() {
        words(kStack, {kKernel + kStack + 48, 0, 0x1234});
        words(kStack + 48, {kKernel + kStack + 80, 0, kInDoSyscall});
        // What a system call from user space leaves: a mark, and struct pt_regs.
        words(kStack + 80, {kUserStack, 0, kInSystemCall, 0, 0x53474552, 0, 0, kUserStack});
        words(kStack + 80 + 48 + 256, {kUser, 0x800000000280f033});
        words(kSecondStack, {0, 0, kInStartKernel});
    }

    ByteWriter memory_;
    std::string info_;
};

/// "function" of each frame, without what is inlined.
std::vector<std::string> functions(KernelDump& dump, const StackTrace& stack) {
    std::vector<std::string> all;
    for (const StackFrame& frame : stack.frames) {
        const auto place = dump.resolve(frame.pc);
        const auto& frames = place.lookup.frames;
        all.emplace_back(frames.empty() ? "?" : std::string(frames.back().name));
    }
    return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("KernelDump: QEMU's of a ppc64le kernel, from its registers to user space") {
    const TemporaryFolder folder;
    const auto path = folder.write("vmcore", Guest().dump());
    auto dump = KernelDump::open(path, fixture_kernel(kVmlinux));
    REQUIRE(dump);
    CHECK(dump->release() == "6.6.0");
    CHECK(dump->log() == "Hello, log.\n");
    const auto stacks = dump->threads();
    REQUIRE(stacks.size() == 2);
    CHECK(functions(*dump, stacks[0]) ==
          Names{"vfs_write", "ksys_write", "do_syscall", "system_call", "?"});
    CHECK(stacks[0].frames[1].unwound_by == UnwoundBy::cfi);
    CHECK(stacks[0].frames[2].unwound_by == UnwoundBy::frame_pointer);
    CHECK(stacks[0].frames.back().user);
    CHECK(stacks[0].frames.back().pc.address.value == kUser);
    CHECK(stacks[0].stopped.empty());
    // Its link register leads into itself, and the frame is its caller's.
    CHECK(functions(*dump, stacks[1]) == Names{"run_init_process", "start_kernel"});
    CHECK(stacks[1].stopped.empty());
}
