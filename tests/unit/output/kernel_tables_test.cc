#include "output/kernel_tables.h"

#include <doctest/doctest.h>

using namespace symline;
using namespace std::chrono_literals;

TEST_CASE("kernel tables: what is not known is a dash, and names stay in their line") {
    std::string out;
    const KernelTask odd{.pid = 7, .name = "a\x1b[31m\nb"};
    const KernelTask plain{.pid = 12345,
                           .ppid = 2,
                           .name = "kworker/0:1",
                           .state = TaskState::idle,
                           .cpu = 3,
                           .kernel_thread = true,
                           .virtual_size = 0,
                           .resident_size = 0,
                           .waiting = 1500ms};
    const std::vector tasks{odd, plain};
    output::append_task_table(out, tasks);
    CHECK(out ==
          "   PID PPID CPU ST UID VSZ RSS WAITING COMM\n"
          "     7    -   - -    -   -   -       - a\\x1b[31m\\x0ab\n"
          " 12345    2   3 I    -   0   0   1.500 [kworker/0:1]\n");
}

TEST_CASE("kernel tables: tasks with one stack are summed up") {
    std::vector<KernelTask> tasks(4);
    CHECK(output::task_summary({}).empty());
    CHECK(output::task_summary(tasks).empty());
    for (unsigned i = 0; i < 4; ++i) {
        tasks[i].state = TaskState::uninterruptible;
        tasks[i].cpu = i == 3 ? 7 : i;
    }
    CHECK(output::task_summary(tasks) == "D (disk sleep), last on CPU 0-2,7");
    tasks[1].waiting = 120s;
    CHECK(output::task_summary(tasks) == "D (disk sleep), last on CPU 0-2,7, waiting 120.000 s");
    tasks[2].waiting = 7ms;
    CHECK(output::task_summary(tasks) ==
          "D (disk sleep), last on CPU 0-2,7, waiting 0.007 to 120.000 s");
}
