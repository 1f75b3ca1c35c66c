#include "vmcore/task_state.h"

#include <doctest/doctest.h>

using namespace symline;
using vmcore::task_state;
using vmcore::TaskStateBits;

TEST_CASE("task state: the bits of Linux 6.1") {
    const auto bits = TaskStateBits::of_release("6.1.0-50-cloud-arm64");
    CHECK(task_state(0, 0, bits) == TaskState::running);
    CHECK(task_state(1, 0, bits) == TaskState::sleeping);
    CHECK(task_state(2, 0, bits) == TaskState::uninterruptible);
    CHECK(task_state(0x102, 0, bits) == TaskState::uninterruptible);  // TASK_KILLABLE
    CHECK(task_state(0x2001, 0, bits) == TaskState::sleeping);        // TASK_FREEZABLE
    CHECK(task_state(0x104, 0, bits) == TaskState::stopped);
    CHECK(task_state(0x108, 0, bits) == TaskState::traced);
    CHECK(task_state(0x40, 0, bits) == TaskState::parked);
    CHECK(task_state(0x402, 0, bits) == TaskState::idle);
    CHECK(task_state(0x2402, 0, bits) == TaskState::idle);
    CHECK(task_state(0x1000, 0, bits) == TaskState::uninterruptible);  // TASK_RTLOCK_WAIT
    CHECK(task_state(0x8000, 0, bits) == TaskState::uninterruptible);  // TASK_FROZEN
    CHECK(task_state(0x80, 0x20, bits) == TaskState::zombie);
    CHECK(task_state(0x80, 0x10, bits) == TaskState::dead);
    CHECK(task_state(0x80, 0, bits) == TaskState::running);   // TASK_DEAD is not reported
    CHECK(task_state(0x200, 0, bits) == TaskState::running);  // TASK_WAKING
    CHECK(task_state(0x800, 0, bits) == TaskState::running);  // TASK_NEW
}

TEST_CASE("task state: what older kernels do otherwise") {
    const auto before_414 = TaskStateBits::of_release("4.13.9");
    CHECK(task_state(0x200, 0, before_414) == TaskState::parked);
    CHECK(task_state(0x40, 0x20, before_414) == TaskState::zombie);
    CHECK(task_state(0x40, 0, before_414) == TaskState::running);
    const auto before_314 = TaskStateBits::of_release("3.13.0-24-generic");
    CHECK(task_state(0x40, 0x10, before_314) == TaskState::zombie);
    CHECK(task_state(0x40, 0x20, before_314) == TaskState::dead);
    CHECK(task_state(0, 0x10, TaskStateBits::of_release("3.14.1")) == TaskState::dead);
    CHECK(task_state(0x40, 0, TaskStateBits::of_release("4.14.0")) == TaskState::parked);
    CHECK(task_state(0x40, 0, TaskStateBits::of_release("")) == TaskState::parked);
}

TEST_CASE("task state: the kernel's own letters tell its bits") {
    const auto now = TaskStateBits::of_letters("RSDTtXZPI");
    CHECK(now.dead == 0x10);
    CHECK(now.zombie == 0x20);
    CHECK(now.parked == 0x40);
    const auto between = TaskStateBits::of_letters("RSDTtXZ");
    CHECK(between.dead == 0x10);
    CHECK(between.parked == 0x200);
    const auto old = TaskStateBits::of_letters("RSDTtZXxKWP");
    CHECK(old.zombie == 0x10);
    CHECK(old.dead == 0x20);
    CHECK(old.parked == 0x200);
}

TEST_CASE("task state: letters, words and the abbreviations of crash") {
    CHECK(parse_task_state("D") == TaskState::uninterruptible);
    CHECK(parse_task_state("UN") == TaskState::uninterruptible);
    CHECK(parse_task_state("blocked") == TaskState::uninterruptible);
    CHECK(parse_task_state("disk sleep") == TaskState::uninterruptible);
    CHECK(parse_task_state("t") == TaskState::traced);
    CHECK(parse_task_state("T") == TaskState::stopped);
    CHECK_FALSE(parse_task_state(""));
    CHECK_FALSE(parse_task_state("d"));
    CHECK_FALSE(parse_task_state("Running"));
    CHECK(letter(TaskState::idle) == 'I');
    CHECK(describe(TaskState::traced) == "tracing stop");
}
