#include "vmcore/kernel_stacks.h"

#include <doctest/doctest.h>

#include "support/files.h"

using namespace symline;
using namespace symline::test;

namespace {

kernel::Kernel crashed_kernel() {
    kernel::KernelOptions options;
    options.vmlinux = fixture("dump/boot/vmlinux-5.4.0-crash");
    options.folders.debug_directories.clear();
    options.folders.module_directories = {fixture("")};
    return kernel::Kernel(std::move(options));
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
    CHECK(tids() == std::vector{1, 7, 8});
    CHECK(stacks->cpus().size() == 2);
    CHECK(tids() == std::vector{1, 7, 8});
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
    REQUIRE(tasks.size() == 3);
    CHECK(tasks[0].name == "init");
    CHECK_FALSE(tasks[0].cpu);
    CHECK(tasks[0].frames.size() == 2);
    CHECK(tasks[0].frames[0].pc.kind == CodeKind::after_call);
    CHECK(tasks[0].stopped == "where the caller's stack is cannot be told");
    CHECK(tasks[1].frames.size() == 3);
    CHECK(tasks[1].stopped.empty());
}

TEST_CASE("kernel stacks: the modules that frames are in, once each") {
    const auto dump = vmcore::Dump::open(fixture("dump/vmcore-kdump"));
    REQUIRE(dump);
    auto kernel = crashed_kernel();
    auto stacks = vmcore::KernelStacks::open(*dump, kernel);
    REQUIRE(stacks);
    const auto modules = stacks->modules_of(stacks->cpus());
    REQUIRE(modules.size() == 1);
    CHECK(modules[0].name == "mini_module");
    CHECK(modules[0].build_id == "5a2cd0e004eb21186bc6b254e833955cb0ff7e7a");
    CHECK(stacks->modules_of(stacks->tasks()).empty());
}

TEST_CASE("kernel stacks: none without a vmlinux") {
    const auto dump = vmcore::Dump::open(fixture("dump/vmcore-kdump"));
    REQUIRE(dump);
    kernel::KernelOptions options;
    options.vmlinux = fixture("missing");
    kernel::Kernel kernel(std::move(options));
    const auto stacks = vmcore::KernelStacks::open(*dump, kernel);
    REQUIRE_FALSE(stacks);
    CHECK(stacks.error().code == ErrorCode::not_found);
}
