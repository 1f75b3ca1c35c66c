#include "vmcore/kernel_stacks.h"

#include <doctest/doctest.h>

#include "support/kernel_options.h"

using namespace symline;
using namespace symline::test;

namespace {

kernel::LoadedKernel crashed_kernel() {
    return kernel::LoadedKernel(fixture_kernel("dump/boot/vmlinux-5.4.0-crash"));
}

}  // namespace

TEST_CASE("kernel stacks: tasks are those that no CPU ran, whether CPUs were asked for or not") {
    const auto dump = vmcore::Dump::open(fixture("dump/vmcore-kdump"));
    REQUIRE(dump);
    auto kernel = crashed_kernel();
    auto stacks = vmcore::KernelStacks::open(*dump, kernel);
    REQUIRE(stacks);
    const auto tids = [&] {
        std::vector<int> all;
        for (const auto& each : stacks->tasks()) all.push_back(each.tid);
        return all;
    };
    CHECK(tids() == std::vector{1, 7, 8, 2});
    CHECK(stacks->cpus().size() == 2);
    CHECK(tids() == std::vector{1, 7, 8, 2});
    CHECK(stacks->cpus().size() == 2);
    CHECK(stacks->problems().empty());
}

TEST_CASE("kernel stacks: a task's stack begins where it was switched from") {
    const auto dump = vmcore::Dump::open(fixture("dump/vmcore-kdump"));
    REQUIRE(dump);
    auto kernel = crashed_kernel();
    auto stacks = vmcore::KernelStacks::open(*dump, kernel);
    REQUIRE(stacks);
    const auto tasks = stacks->tasks();
    REQUIRE(tasks.size() == 4);
    CHECK(tasks[0].name == "init");
    CHECK_FALSE(tasks[0].cpu);
    CHECK(tasks[0].frames.size() == 2);
    CHECK(tasks[0].frames[0].pc.kind == CodeKind::after_call);
    CHECK(tasks[0].stopped == "where the caller's stack is cannot be told");
    CHECK(tasks[1].frames.size() == 3);
    CHECK(tasks[1].stopped.empty());
}

TEST_CASE("kernel stacks: the modules that were loaded, with their sections") {
    const auto dump = vmcore::Dump::open(fixture("dump/vmcore-kdump"));
    REQUIRE(dump);
    auto kernel = crashed_kernel();
    const auto stacks = vmcore::KernelStacks::open(*dump, kernel);
    REQUIRE(stacks);
    REQUIRE(stacks->modules().size() == 1);
    const auto& module = stacks->modules()[0];
    CHECK(module.name == "mini_module");
    CHECK(module.build_id == BuildId::parse("5a2cd0e004eb21186bc6b254e833955cb0ff7e7a"));
    REQUIRE(module.sections.size() == 2);
    CHECK(module.sections[1].name == ".text.unlikely");
    CHECK_FALSE(module.can_be_unloaded);
    const auto loaded = vmcore::loaded_modules(stacks->modules());
    CHECK(loaded.at({0xffffffffc0a01090})->build_id == module.build_id->hex());
    CHECK(loaded.sections_around({0xffffffffc0a01090}).at(0)->name == ".text");
}

TEST_CASE("kernel stacks: the kernel's slide stands; where it has none, the symbols tell it") {
    const auto dump = vmcore::Dump::open(fixture("dump/vmcore-kdump"));
    REQUIRE(dump);
    auto kernel = crashed_kernel();
    CHECK(vmcore::KernelStacks::open(*dump, kernel));
    CHECK(kernel.slide() == LoadBias{0x2a000000});
    kernel.set_slide(LoadBias{0x1000});
    CHECK(vmcore::KernelStacks::open(*dump, kernel));
    CHECK(kernel.slide() == LoadBias{0x1000});
}

TEST_CASE("kernel stacks: none without a vmlinux") {
    const auto dump = vmcore::Dump::open(fixture("dump/vmcore-kdump"));
    REQUIRE(dump);
    kernel::LoadedKernel kernel(fixture_kernel("missing"));
    const auto stacks = vmcore::KernelStacks::open(*dump, kernel);
    REQUIRE_FALSE(stacks);
    CHECK(stacks.error().code == ErrorCode::not_found);
}
