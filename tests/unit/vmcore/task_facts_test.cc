#include "vmcore/task_facts.h"

#include <doctest/doctest.h>

#include "support/kernel_options.h"
#include "symline/kernel_dump.h"

using namespace symline;
using namespace symline::test;
using namespace std::chrono_literals;

namespace {

KernelDump crashed() {
    auto dump = KernelDump::open(fixture("dump/vmcore-kdump"),
                                 {.vmlinux = fixture("dump/boot/vmlinux-5.4.0-crash")});
    REQUIRE(dump);
    return std::move(*dump);
}

}  // namespace

TEST_CASE("task facts: of every task and the idle one that ran, by pid") {
    auto dump = crashed();
    const auto& tasks = dump.tasks();
    REQUIRE(tasks.size() == 6);
    CHECK(tasks[0].name == "swapper/0");
    CHECK(tasks[0].on_cpu);
    CHECK(tasks[0].kernel_thread);
    CHECK(tasks[1].pid == 1);
    CHECK(tasks[5].pid == 42);
    CHECK(tasks[5].on_cpu);
    CHECK(tasks[5].cpu == 1U);
    CHECK(tasks[5].ppid == 1);
    CHECK(tasks[5].uid == 1000U);
    CHECK(tasks[5].virtual_size == 5000U * 4096);
    // A counter below 0 was read in the midst of an update.
    CHECK(tasks[5].resident_size == 1000U * 4096);
    CHECK_FALSE(tasks[5].waiting);
}

TEST_CASE("task facts: how long a task waits, also where its CPU's clock stands still") {
    auto dump = crashed();
    const auto& tasks = dump.tasks();
    REQUIRE(tasks.size() == 6);
    CHECK(tasks[1].waiting == 2500ms);
    CHECK(tasks[3].state == TaskState::uninterruptible);
    CHECK(tasks[3].tgid == 1);
    CHECK(tasks[3].waiting == 120500ms);
    CHECK(tasks[4].cpu == 1U);
    CHECK(tasks[4].waiting == 121750ms);
    CHECK(tasks[2].state == TaskState::idle);
    CHECK_FALSE(tasks[2].waiting);
}

TEST_CASE("task facts: the modules of a dump, with their build ids") {
    auto dump = crashed();
    const auto modules = dump.modules();
    REQUIRE(modules.size() == 1);
    CHECK(modules[0].name == "mini_module");
    CHECK(modules[0].base == RuntimeAddress{0xffffffffc0a01000});
    CHECK(modules[0].size == 4096);
    CHECK(modules[0].build_id == BuildId::parse("5a2cd0e004eb21186bc6b254e833955cb0ff7e7a"));
}

TEST_CASE("task facts: none without a vmlinux") {
    auto dump = KernelDump::open(fixture("dump/vmcore-kdump"), {.vmlinux = fixture("missing")});
    REQUIRE(dump);
    CHECK(dump->tasks().empty());
    CHECK(dump->modules().empty());
}

TEST_CASE("task facts: the kernel's own symbols and BTF say the same as its vmlinux") {
    auto with = KernelDump::open(fixture("dump/vmcore-kallsyms"),
                                 {.vmlinux = fixture("dump/boot/vmlinux-5.4.0-crash")});
    auto without =
        KernelDump::open(fixture("dump/vmcore-kallsyms"), {.vmlinux = fixture("missing")});
    REQUIRE(with);
    REQUIRE(without);
    const auto& tasks = with->tasks();
    REQUIRE(without->tasks().size() == tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        const KernelTask& each = without->tasks()[i];
        CHECK(each.pid == tasks[i].pid);
        CHECK(each.state == tasks[i].state);
        CHECK(each.waiting == tasks[i].waiting);
        CHECK(each.resident_size == tasks[i].resident_size);
        CHECK(each.on_cpu == tasks[i].on_cpu);
    }
    const auto stacks = with->threads(KernelThreads::all);
    const auto same = without->threads(KernelThreads::all);
    REQUIRE(stacks.size() == same.size());
    for (std::size_t i = 0; i < stacks.size(); ++i) {
        CHECK(stacks[i].tid == same[i].tid);
        CHECK(stacks[i].frames == same[i].frames);
    }
    CHECK(without->vmlinux() == nullptr);
    const CodeAddress address{{0xffffffffc0a01090}, CodeKind::exact};
    const auto symbol = without->symbol_at(address);
    REQUIRE(symbol);
    CHECK(symbol->symbol == "worker");
    CHECK(symbol->module == "mini_module");
    CHECK(symbol->offset == 0x10);
    CHECK(symbol->size == 0x40U);
    const auto place = without->resolve({{0xffffffffab00032a}});
    REQUIRE(place.lookup.frames.size() == 1);
    CHECK(place.lookup.frames[0].name == "load_module");
    CHECK(place.module_name == "vmlinux");
    CHECK(place.offset == 0x32a);
    CHECK_FALSE(without->symbol_at({{0x401136}}));
}
