#include "symline/kernel_dump.h"

#include <doctest/doctest.h>

#include "support/kernel_options.h"
#include "support/open_counter.h"
#include "support/split_kernel.h"
#include "symline/decoder.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

constexpr std::uint64_t kText = 0xffffffffab000000;
constexpr std::uint64_t kModule = 0xffffffffc0a01000;

/// Everything that the dump needs is below `sysroot`.
KernelOptions files_below(const std::string& sysroot) {
    return {.debug_files = debug_files_in({}, sysroot)};
}

KernelDump open_dump(const std::string& name = "vmcore-kdump",
                     const std::string& sysroot = fixture("dump")) {
    auto dump = KernelDump::open(fixture("dump/" + name), files_below(sysroot));
    REQUIRE(dump);
    return std::move(*dump);
}

/// "function" of each frame, of inlined ones too; the module's name where there is none.
std::vector<std::string> functions(KernelDump& dump, const StackTrace& stack) {
    std::vector<std::string> all;
    for (const StackFrame& frame : stack.frames) {
        const auto place = dump.resolve(frame.pc);
        if (place.lookup.frames.empty()) all.push_back("(" + place.module_name + ")");
        for (const Frame& each : place.lookup.frames) all.emplace_back(each.name);
    }
    return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("KernelDump: what a dump says of itself") {
    for (const char* form : {"vmcore-elf", "vmcore-kdump"}) {
        auto dump = open_dump(form);
        CHECK(KernelDump::recognizes(dump.path()));
        CHECK(dump.release() == "5.4.0-crash");
        CHECK(dump.slide() == LoadBias{0x2a000000});
        CHECK(dump.panic_message() == "Fatal exception");
        REQUIRE(dump.log());
        CHECK(dump.log()->starts_with("[    0.000000] Linux version 5.4.0-crash (mini) #1 SMP\n"));
        REQUIRE(dump.vmlinux() != nullptr);
        CHECK(dump.build_id() == dump.vmlinux()->build_id());
        CHECK(dump.kernel().found_by(*dump.vmlinux()) == FoundBy::release_layout);
        CHECK(dump.problems().empty());
    }
}

TEST_CASE("KernelDump: the panicking CPU comes first, and its stack leads to user space") {
    auto dump = open_dump();
    const auto stacks = dump.threads();
    REQUIRE(stacks.size() == 2);
    CHECK(stacks[0].cpu == 1U);
    CHECK(stacks[0].tid == 42);
    CHECK(stacks[0].name == "crasher");
    CHECK(stacks[0].crashing);
    CHECK(functions(dump, stacks[0]) == Names{"mini_step", "mini_walk", "worker", "mini_second",
                                              "load_module", "entry_SYSCALL_64", "()"});
    CHECK(stacks[0].frames[0].pc == CodeAddress{{kModule + 0x90}, CodeKind::exact});
    CHECK(stacks[0].frames[0].unwound_by == UnwoundBy::registers);
    CHECK(stacks[0].frames[1].pc.kind == CodeKind::after_call);
    CHECK(stacks[0].frames[1].unwound_by == UnwoundBy::orc);
    CHECK(stacks[0].frames.back().user);
    CHECK(stacks[0].stopped.empty());
    REQUIRE_FALSE(stacks[0].registers.empty());
    CHECK(stacks[0].registers[0].name == "rip");
    CHECK(stacks[0].registers[0].value == kModule + 0x90);
    CHECK(stacks[1].cpu == 0U);
    CHECK_FALSE(stacks[1].crashing);
    CHECK(functions(dump, stacks[1]) == Names{"default_idle", "start_kernel"});
}

TEST_CASE("KernelDump: the stacks that are asked for") {
    auto dump = open_dump();
    const auto tids = [&](KernelThreads which, StackOptions options) {
        std::vector<int> all;
        for (const auto& each : dump.threads(which, options)) all.push_back(each.tid);
        return all;
    };
    constexpr auto cpus = KernelThreads::on_cpus;
    constexpr auto all = KernelThreads::all;
    CHECK(tids(cpus, {.crashing_only = true}) == std::vector{42});
    CHECK(tids(cpus, {}) == std::vector{42, 0});
    CHECK(tids(all, {}) == std::vector{42, 0, 1, 7, 8, 2});
    CHECK(tids(cpus, {.tids = {7}}) == std::vector{7});
    CHECK(tids(cpus, {.tids = {42, 8}}) == std::vector{42, 8});
    CHECK(tids(cpus, {.tids = {7}, .crashing_only = true}).empty());
    CHECK(tids(all, {.tids = {99}}).empty());
    const auto cut = dump.threads(cpus, {.max_frames = 2});
    CHECK(cut[0].frames.size() == 2);
    CHECK(cut[0].stopped == "more than 2 frames");
    CHECK(cut[1].stopped.empty());
    for (const StackTrace& each : dump.threads(all, {.max_frames = 0})) {
        CHECK(each.frames.empty());
        CHECK_FALSE(each.stopped.empty());
    }
}

TEST_CASE("KernelDump: an address of the kernel, of a module, and of neither") {
    auto dump = open_dump();
    const auto in_kernel = dump.resolve({{kText + 0x5f}, CodeKind::after_call});
    CHECK(in_kernel.module_name == "vmlinux");
    CHECK(in_kernel.offset == 0x5f);
    CHECK(in_kernel.module == dump.vmlinux());
    CHECK(in_kernel.address == FileAddress{0xffffffff8100005f});
    CHECK(in_kernel.lookup.frames.at(0).name == "entry_SYSCALL_64");
    const auto in_module = dump.resolve({{kModule + 0xc9}, CodeKind::after_call});
    CHECK(in_module.module_name == "mini_module");
    CHECK(in_module.offset == 0xc9);
    CHECK(in_module.build_id == in_module.module->build_id());
    CHECK(in_module.lookup.frames.at(0).name == "mini_second");
    const auto nowhere = dump.resolve({{0x1000}});
    CHECK(nowhere.module == nullptr);
    CHECK(nowhere.lookup.miss == Miss::not_mapped);
    CHECK(describe(*nowhere.lookup.miss) == "the address is not in the kernel");
}

TEST_CASE("KernelDump: its kernel knows the slide and the modules, whatever was asked before") {
    for (const char* form : {"vmcore-elf", "vmcore-kdump"}) {
        auto dump = open_dump(form);
        Kernel& kernel = dump.kernel();
        CHECK(kernel.slide() == LoadBias{0x2a000000});
        const auto loaded = kernel.loaded_modules();
        REQUIRE(loaded.size() == 1);
        CHECK(loaded[0].name == "mini_module");
        CHECK(loaded[0].base == RuntimeAddress{kModule});
        const auto function = [&](CodeAddress address) {
            const auto found = kernel.resolve(address);
            return found.lookup.frames.empty() ? std::string_view()
                                               : found.lookup.frames.front().name;
        };
        CHECK(function({{kText + 0x5e}}) == "entry_SYSCALL_64");
        CHECK(function({{kModule + 0xc8}}) == "mini_second");
    }
}

TEST_CASE("KernelDump: a bare address of a module in a text is decoded with the dump's kernel") {
    auto dump = open_dump();
    Decoder decoder({.kernel = &dump.kernel()});
    decoder.feed("[   12.3]  ? 0xffffffffc0a010c9\n");
    decoder.end();
    const DecodedLine* line = decoder.next();
    REQUIRE(line != nullptr);
    REQUIRE(line->frames.size() == 1);
    REQUIRE(line->frames[0].place);
    REQUIRE(line->frames[0].place->candidates.size() == 1);
    CHECK(line->frames[0].place->candidates[0].frames.at(0).name == "mini_second");
}

TEST_CASE("KernelDump: without a module's file its frames are named by the dump's symbols") {
    const auto vmlinux = fixture("dump/alone/vmlinux");
    auto options = files_below("/nonexistent");
    options.vmlinux = vmlinux;
    auto dump = KernelDump::open(fixture("dump/vmcore-elf"), std::move(options));
    REQUIRE(dump);
    const auto stacks = dump->threads(KernelThreads::on_cpus, {.crashing_only = true});
    REQUIRE(stacks.size() == 1);
    CHECK(functions(*dump, stacks[0]) ==
          Names{"worker", "mini_second", "load_module", "entry_SYSCALL_64", "()"});
    const auto place = dump->resolve(stacks[0].frames[0].pc);
    CHECK_FALSE(place.lookup.miss);
    CHECK(place.module == nullptr);
    CHECK(place.module_name == "mini_module");
    CHECK(place.offset == 0x90);
    CHECK(place.build_id == BuildId::parse("5a2cd0e004eb21186bc6b254e833955cb0ff7e7a"));
}

TEST_CASE("KernelDump: without a vmlinux there are the registers, and why is said") {
    auto dump = open_dump("vmcore-kdump", "/nonexistent");
    const auto stacks = dump.threads(KernelThreads::all, {.tids = {42}});
    REQUIRE(stacks.size() == 2);
    CHECK(stacks[1].cpu == 1U);
    CHECK(stacks[1].tid == -1);
    CHECK(stacks[1].frames.size() == 1);
    CHECK(stacks[1].registers.size() == 20);
    CHECK(dump.threads(KernelThreads::all, {.max_frames = 0}).at(0).frames.empty());
    CHECK(dump.vmlinux() == nullptr);
    CHECK(dump.resolve(stacks[1].frames[0].pc).lookup.miss == Miss::module_not_found);
    CHECK(dump.problems() ==
          std::vector<std::string>{"stacks: no vmlinux for this kernel; VMCOREINFO does not say "
                                   "where the kernel's own table of symbols is, as kernels from "
                                   "Linux 6.0 on do"});
    CHECK(dump.log());
}

TEST_CASE("KernelDump: what is no dump") {
    CHECK_FALSE(KernelDump::recognizes(fixture("c-gcc-dwarf5")));
    const auto program = KernelDump::open(fixture("c-gcc-dwarf5"));
    REQUIRE_FALSE(program);
    CHECK(program.error().code == ErrorCode::unsupported);
    const auto process = KernelDump::open(fixture("core/five-threads"));
    REQUIRE_FALSE(process);
    CHECK(process.error().code == ErrorCode::unsupported);
    CHECK(KernelDump::open(fixture("missing")).error().code == ErrorCode::not_found);
}

TEST_CASE("KernelDump: vmlinux and a module are opened once, for stacks, structures and lines") {
    const TemporaryFolder folder;
    const auto vmlinux =
        folder.copy("boot/vmlinux-5.4.0-crash", fixture("dump/boot/vmlinux-5.4.0-crash"));
    const auto module = folder.copy("lib/modules/5.4.0-crash/extra/mini-module.ko",
                                    fixture("dump/lib/modules/5.4.0-crash/extra/mini-module.ko"));
    const auto read_all = [](const KernelOptions& options) {
        auto dump = KernelDump::open(fixture("dump/vmcore-kdump"), options);
        REQUIRE(dump);
        const auto stacks = dump->threads(KernelThreads::all);
        dump->prefetch(stacks);
        CHECK(functions(*dump, stacks.at(0)).front() == "mini_step");
        CHECK(functions(*dump, stacks.at(1)) == Names{"default_idle", "start_kernel"});
    };
    OpenCounter opens({vmlinux, module});
    if (!opens.usable()) return;
    read_all(files_below(folder.root()));
    CHECK(opens.counts() == std::vector{1, 1});
    auto named = files_below(folder.root());
    named.vmlinux = vmlinux;
    read_all(named);
    CHECK(opens.counts() == std::vector{2, 2});
}

TEST_CASE("KernelDump: why the vmlinux that was named is not used") {
    const auto error_of = [](const std::string& vmlinux) {
        auto options = files_below(fixture("dump"));
        options.vmlinux = vmlinux;
        auto dump = KernelDump::open(fixture("dump/vmcore-kdump"), options);
        REQUIRE(dump);
        return dump->vmlinux_error();
    };
    CHECK_FALSE(error_of(""));
    CHECK_FALSE(error_of(fixture("dump/boot/vmlinux-5.4.0-crash")));
    CHECK(error_of("/nowhere/vmlinux").value().code == ErrorCode::not_found);
    CHECK(error_of(fixture("c-gcc-dwarf5")).value().code == ErrorCode::unsupported);
    CHECK(error_of(fixture("mini-vmlinux-gcc")).value().code == ErrorCode::mismatch);
}

TEST_CASE("KernelDump: the package of split units that was named is used for vmlinux") {
    const TemporaryFolder folder;
    const auto build_id = open_dump().build_id();
    const auto frames_with = [&](const std::string& package) {
        auto options = files_below(folder.root());
        options.vmlinux = split_kernel(folder, build_id);
        options.split_package = package;
        auto dump = KernelDump::open(fixture("dump/vmcore-kdump"), options);
        REQUIRE(dump);
        const auto answer = dump->kernel().resolve(
            {.symbol = "outer", .offset = kInlinedInOuter, .kind = CodeKind::exact});
        REQUIRE(answer.candidates.size() == 1);
        return answer.candidates[0].lookup.frames.size();
    };
    CHECK(frames_with("") == 1);
    CHECK(frames_with(split_package()) == 4);
}
