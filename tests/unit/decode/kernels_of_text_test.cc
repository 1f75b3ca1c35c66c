#include "decode/kernels_of_text.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <optional>
#include <string>

#include "support/files.h"
#include "symline/kernel.h"

using namespace symline;
using namespace symline::test;
using namespace symline::decode;

namespace {

/// A machine that runs the kernel of the fixtures, moved by 64 MB, with a module.
struct Machine {
    TemporaryFolder root;
    DecoderOptions options;

    explicit Machine(std::string_view kallsyms, bool other_build = false) {
        root.write("proc/sys/kernel/osrelease", std::string_view("6.1.0-gcc\n"));
        root.write("proc/kallsyms", kallsyms);
        root.write("proc/modules", std::string_view(""));
        root.write("sys/module/mini_module/sections/.text.unlikely",
                   std::string_view("0xffffffffc0003000\n"));
        const auto id = Module::open(fixture("mini-vmlinux-gcc"))->build_id();
        ByteWriter notes;
        notes.u32(4).u32(20).u32(3).string("GNU");
        for (const std::byte byte : id->bytes()) {
            notes.u8(std::to_integer<unsigned>(byte) ^ (other_build ? 1U : 0U));
        }
        root.write("sys/kernel/notes", notes.data());
        options.debug_files = std::make_shared<DebugFiles>(
            DebugFileOptions{.debug_directories = {fixture("two-kernels")}});
    }

    /// The sections and offsets of two raw addresses, in vmlinux and in the module; of nothing
    /// where there was no answer.
    std::pair<std::string, std::string> look_up(const log::Facts& facts = {}) {
        KernelsOfText kernels(options, kernel::RunningKernel(root.root()));
        kernels.take(facts);
        kernels.use_running();
        return {place(kernels, 0xffffffff85000240), place(kernels, 0xffffffffc0003004)};
    }

    static std::string place(KernelsOfText& kernels, std::uint64_t address) {
        const auto found = kernels.current().places(RuntimeAddress{address});
        if (found.places.size() != 1) return {};
        const auto& at = found.places[0];
        const auto section = at.file->module.sections().offset_of(at.address);
        return std::string(section->section->name) + "+" + std::to_string(section->offset);
    }
};

constexpr std::string_view kShown = "ffffffff85000000 T _text\nffffffff85000230 T do_fork\n";
using Both = std::pair<std::string, std::string>;

}  // namespace

TEST_CASE("running kernel: its own kallsyms and sections place addresses of a log that is of it") {
    Machine machine(kShown);
    const Both both{".text+576", ".text.unlikely+4"};
    CHECK(machine.look_up().first == both.first);
    CHECK(machine.look_up().second == both.second);
    CHECK(machine.look_up({.release = "6.1.0-gcc"}) == both);
}

TEST_CASE("running kernel: what it hides is not believed") {
    Machine machine("0000000000000000 T _text\n0000000000000000 T do_fork\n");
    CHECK(machine.look_up().first.empty());
}

TEST_CASE("running kernel: not asked about a log of another release, boot or build id") {
    Machine machine(kShown);
    CHECK(machine.look_up({.release = "6.2.0-clang"}) == Both{});
    CHECK(machine.look_up({.release = "6.1.0-gcc", .begins_boot = true}) == Both{});
    CHECK(machine.look_up({.release = "6.1.0-gcc", .kernel_build_id = "00112233"}).first.empty());
    // The log says that the kernel was elsewhere when it was written.
    CHECK(machine.look_up({.release = "6.1.0-gcc", .kaslr_offset = 0x2000000}) == Both{});
    machine.options.slide = LoadBias{0x4000000};
    CHECK(machine.look_up() == Both{".text+576", ""});
}

TEST_CASE("running kernel: not asked about lines that name none in a text that names another") {
    Machine machine(kShown);
    KernelsOfText kernels(machine.options, kernel::RunningKernel(machine.root.root()));
    kernels.set_host("a");
    kernels.take({.release = "6.1.0-gcc"});
    CHECK(kernels.current().vmlinux() != nullptr);
    kernels.set_host("b");
    CHECK(kernels.current().options().release == "6.1.0-gcc");
    const auto before = kernels.generation();
    kernels.set_host("c");
    kernels.take({.release = "6.2.0-clang"});
    kernels.set_host("b");
    CHECK(kernels.generation() != before);
    CHECK(kernels.current().options().release.empty());
    kernels.use_running();
    CHECK(Machine::place(kernels, 0xffffffff85000240).empty());
    kernels.set_host("a");
    CHECK(kernels.current().options().release == "6.1.0-gcc");
}

TEST_CASE("hosts: a line that names none is of the one before") {
    DecoderOptions options;
    options.debug_files = std::make_shared<DebugFiles>(
        DebugFileOptions{.debug_directories = {fixture("two-kernels")}, .sysroot = "/nonexistent"});
    KernelsOfText kernels(options);
    kernels.set_host("a");
    kernels.take({.release = "6.2.0-clang"});
    kernels.set_host("");
    CHECK(kernels.host() == "a");
    CHECK(kernels.release() == "6.2.0-clang");
}

TEST_CASE("running kernel: a vmlinux of another build id is not it") {
    Machine machine(kShown, true);
    CHECK(machine.look_up() == Both{});
    CHECK(machine.look_up({.release = "6.1.0-gcc"}) == Both{});
    machine.options.vmlinux = fixture("mini-vmlinux-gcc");
    CHECK(machine.look_up() == Both{});
}

TEST_CASE("hosts: the word before \"kernel:\" in a prefix") {
    CHECK(log_host("Jun 18 20:37:40 alpha kernel: [    1.0]") == "alpha");
    CHECK(log_host("2024-09-20T22:59:50.819113+02:00 beta kernel: ") == "beta");
    CHECK(log_host("Tue Jan 10 12:24:53 2023 kern.warn kernel: [92612.659702] ").empty());
    CHECK(log_host("[  844.569701][ T7073] ").empty());
    CHECK(log_host("<4>1 2024-09-20T22:59:50.819113Z gamma kernel - - - [    1.0] ") == "gamma");
    CHECK(log_host("1 2024-09-20T22:59:50Z gamma kernel 12 ID47 [a@1 b=\"c\"] ") == "gamma");
    CHECK(log_host("<4>1 2024-09-20T22:59:50Z - kernel - - - ").empty());
    CHECK(log_host("<4>1 - gamma kernel - - - ").empty());
    CHECK(log_host("kernel: ").empty());
    CHECK(log_host("").empty());
}

TEST_CASE("hosts: kernels and slides are kept apart") {
    DecoderOptions options;
    options.debug_files = std::make_shared<DebugFiles>(
        DebugFileOptions{.debug_directories = {fixture("two-kernels")}, .sysroot = "/nonexistent"});
    KernelsOfText kernels(options);
    kernels.set_host("a");
    kernels.take({.release = "6.1.0-gcc", .kaslr_offset = 0x1000000});
    const auto first = kernels.generation();
    CHECK(kernels.current().slide() == LoadBias{0x1000000});
    kernels.set_host("b");
    kernels.take({.release = "6.1.0-gcc", .kaslr_offset = 0x2000000});
    CHECK(kernels.generation() != first);
    CHECK(kernels.current().slide() == LoadBias{0x2000000});
    kernels.set_host("a");
    CHECK(kernels.generation() == first);
    CHECK(kernels.current().slide() == LoadBias{0x1000000});
    kernels.take({.release = "6.1.0-gcc", .begins_boot = true});
    CHECK_FALSE(kernels.current().slide());
    kernels.set_host("b");
    CHECK(kernels.current().slide() == LoadBias{0x2000000});
}

TEST_CASE("kernels: a kernel that was given is that of all lines, whatever they say") {
    Kernel kernel({.vmlinux = fixture("mini-vmlinux-gcc"), .slide = LoadBias{0x4000000}});
    DecoderOptions options;
    options.kernel = &kernel;
    KernelsOfText kernels(options);
    CHECK(kernels.fixed());
    log::Facts facts;
    facts.release = "6.9.0-other";
    facts.kernel_build_id = "00112233";
    facts.kaslr_offset = 0x1000000;
    facts.begins_boot = true;
    kernels.take(facts);
    kernels.set_host("elsewhere");
    REQUIRE(kernels.current().vmlinux() != nullptr);
    CHECK(&kernels.current().vmlinux()->module == kernel.vmlinux());
    CHECK(kernels.current().slide() == LoadBias{0x4000000});
}

TEST_CASE("running kernel: not looked at before it matters, where the text's kernel is given") {
    const auto reads_at_once = [](const std::string& vmlinux, const std::string& release) {
        Machine machine(kShown);
        machine.options.vmlinux = vmlinux;
        machine.options.release = release;
        KernelsOfText kernels(machine.options, kernel::RunningKernel(machine.root.root()));
        const std::filesystem::path root = machine.root.root();
        for (const char* folder : {"proc", "sys"}) {
            std::filesystem::rename(root / folder, root / (std::string("away-") + folder));
        }
        kernels.current();
        for (const char* folder : {"proc", "sys"}) {
            std::filesystem::rename(root / (std::string("away-") + folder), root / folder);
        }
        kernels.use_running();
        return Machine::place(kernels, 0xffffffff85000240).empty();
    };
    CHECK_FALSE(reads_at_once(fixture("mini-vmlinux-gcc"), {}));
    CHECK_FALSE(reads_at_once({}, "6.1.0-gcc"));
    CHECK(reads_at_once({}, {}));
}

TEST_CASE(
    "kernels of a text: native instructions, once one boot has shown its segment and a process") {
    DecoderOptions options;
    options.release = "6.1.0-gcc";
    KernelsOfText kernels(options, kernel::RunningKernel("/nonexistent"));
    const auto take = [&](std::uint32_t segment, bool started, bool boot) {
        log::Facts facts;
        facts.kernel_segment = segment;
        facts.has_started = started;
        facts.begins_boot = boot;
        kernels.take(facts);
        return kernels.has_native_instructions();
    };
    CHECK_FALSE(kernels.has_native_instructions());
    const unsigned before = kernels.generation();
    CHECK_FALSE(take(0x10, false, false));
    CHECK(take(0, true, false));
    CHECK(kernels.generation() != before);
    CHECK(take(0, false, false));
    CHECK_FALSE(take(0xe030, false, false));
    CHECK(take(0x10, false, false));
    CHECK_FALSE(take(0, false, true));
    CHECK_FALSE(take(0, true, false));
}

TEST_CASE("kernels of a text: another release has not shown what the one before did") {
    const DecoderOptions options;
    KernelsOfText kernels(options, kernel::RunningKernel("/nonexistent"));
    log::Facts facts;
    facts.release = "6.1.0-gcc";
    facts.kernel_segment = 0x10;
    facts.has_started = true;
    kernels.take(facts);
    CHECK(kernels.has_native_instructions());
    log::Facts other;
    other.release = "6.2.0-clang";
    kernels.take(other);
    CHECK_FALSE(kernels.has_native_instructions());
}
