#include "vmcore/kernel_tasks.h"

#include <algorithm>

namespace symline::vmcore {
namespace {

constexpr std::size_t kMaxProcesses = std::size_t{1} << 22;  // PID_MAX_LIMIT
constexpr std::size_t kMaxThreads = std::size_t{1} << 22;
constexpr std::size_t kMaxNameSize = 16;  // TASK_COMM_LEN

std::optional<DumpedTask> read_task(KernelView& kernel, std::uint64_t address) {
    DumpedTask task;
    task.address = address;
    const auto pid = kernel.number(address, "task_struct", "pid");
    const auto name = kernel.at(address, "task_struct", "comm");
    if (!pid || !name) return std::nullopt;
    task.pid = static_cast<int>(*pid);
    task.name = kernel.memory().string(*name, kMaxNameSize);
    task.stack_gone = kernel.number(address, "task_struct", "stack") == 0;
    task.stack_pointer = kernel.number(address, "task_struct", "thread.sp");
    if (!task.stack_pointer) {
        const auto saved = [&](const char* path) {
            return kernel.number(address, "task_struct", path);
        };
        task.stack_pointer = saved("thread.cpu_context.sp");
        task.frame_pointer = saved("thread.cpu_context.fp");
        task.program_counter = saved("thread.cpu_context.pc");
        if (!task.stack_pointer) task.stack_pointer = saved("thread.ksp");
    } else if (const auto return_address = kernel.number(address, "task_struct", "thread.ra")) {
        // The first of the saved registers is the frame pointer.
        const auto registers = kernel.at(address, "task_struct", "thread.s");
        task.frame_pointer = registers ? kernel.memory().word(*registers) : std::nullopt;
        task.program_counter = return_address;
    }
    return task;
}

}  // namespace

std::optional<std::uint64_t> of_cpu(KernelView& kernel, std::uint64_t variable, unsigned cpu) {
    const auto offsets = kernel.symbol("__per_cpu_offset");
    if (!offsets) return std::nullopt;
    const auto offset = kernel.memory().word(*offsets + std::uint64_t{cpu} * 8);
    if (!offset) return std::nullopt;
    return *offset + variable;
}

unsigned possible_cpus(KernelView& kernel) {
    const auto variable = kernel.symbol("nr_cpu_ids");
    const auto count = variable ? kernel.memory().value<std::uint32_t>(*variable) : std::nullopt;
    return std::clamp<std::uint32_t>(count.value_or(1), 1, kMaxCpus);
}

std::optional<DumpedTask> current_task(KernelView& kernel, unsigned cpu) {
    auto variable = kernel.symbol("current_task");
    if (!variable) {  // Linux 6.2 to 6.14
        const auto hot = kernel.symbol("pcpu_hot");
        if (hot) variable = kernel.at(*hot, "pcpu_hot", "current_task");
    }
    if (!variable) {  // machines that keep it in a register
        const auto queues = kernel.symbol("runqueues");
        if (queues) variable = kernel.at(*queues, "rq", "curr");
    }
    if (!variable) return std::nullopt;
    const auto place = of_cpu(kernel, *variable, cpu);
    const auto task = place ? kernel.memory().word(*place) : std::nullopt;
    if (!task) return std::nullopt;
    return read_task(kernel, *task);
}

std::vector<DumpedTask> read_tasks(KernelView& kernel, std::vector<std::string>& problems) {
    std::vector<DumpedTask> tasks;
    const auto init = kernel.symbol("init_task");
    const auto tasks_link = kernel.member("task_struct", "tasks");
    const auto thread_link = kernel.member("task_struct", "thread_node");
    if (!init || !tasks_link || !thread_link) {
        problems.emplace_back("vmlinux does not say where the list of tasks is");
        return tasks;
    }
    bool broken = false;
    for (const auto entry : kernel.list(*init + tasks_link->offset, kMaxProcesses, broken)) {
        const std::uint64_t process = entry - tasks_link->offset;
        const auto signal = kernel.number(process, "task_struct", "signal");
        const auto head = signal ? kernel.at(*signal, "signal_struct", "thread_head") : signal;
        const std::size_t room = kMaxThreads - tasks.size();
        const auto threads = head ? kernel.list(*head, room, broken) : std::vector<std::uint64_t>();
        for (const auto thread : threads) {
            if (auto task = read_task(kernel, thread - thread_link->offset)) {
                tasks.push_back(std::move(*task));
            }
        }
        if (!threads.empty()) continue;
        if (auto task = read_task(kernel, process)) tasks.push_back(std::move(*task));
    }
    if (broken) problems.emplace_back("the list of tasks is damaged or not in the dump");
    return tasks;
}

std::optional<unsigned> panicking_cpu(KernelView& kernel) {
    for (const char* name : {"panic_cpu", "crashing_cpu"}) {
        const auto variable = kernel.symbol(name);
        const auto cpu = variable ? kernel.memory().value<std::uint32_t>(*variable) : std::nullopt;
        if (cpu && *cpu < kMaxCpus) return cpu;
    }
    return std::nullopt;
}

}  // namespace symline::vmcore
