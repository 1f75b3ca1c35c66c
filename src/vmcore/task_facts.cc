#include "vmcore/task_facts.h"

#include <algorithm>

namespace symline::vmcore {
namespace {

constexpr std::uint64_t kKernelThread = 0x0020'0000;  // PF_KTHREAD, include/linux/sched.h
/// Of task_state_array, in any version.
constexpr std::uint64_t kMaxStates = 16;
/// No process has more of it: what is more was not read from a counter.
constexpr std::uint64_t kMaxPages = std::uint64_t{1} << 44;
/// A process's part of a counter is in another page for each CPU: of 256 CPUs and 20,000 processes
/// of a compressed dump they would take minutes.
constexpr std::uint64_t kMaxPercpuReads = 50'000;

template <typename Number>
std::optional<Number> as(std::optional<std::uint64_t> value) {
    if (!value) return std::nullopt;
    return static_cast<Number>(*value);
}

}  // namespace

TaskFacts::TaskFacts(KernelView& kernel, const Vmcoreinfo& info, std::size_t tasks)
    : kernel_(kernel),
      bits_(state_bits(info.release())),
      page_size_(info.page_size().value_or(4096)) {
    read_clocks();
    exact_counters_ = clocks_.size() * tasks <= kMaxPercpuReads;
}

TaskStateBits TaskFacts::state_bits(std::string_view release) {
    const auto array = kernel_.symbol("task_state_array");
    std::string letters;
    for (std::uint64_t i = 0; array && i < kMaxStates; ++i) {
        const auto text = kernel_.memory().word(*array + i * 8);
        const auto words = text ? kernel_.memory().string(*text, 3) : std::string();
        // "R (running)"
        if (!words.ends_with(" (")) break;
        letters += words.front();
    }
    return letters.starts_with("RSDTt") ? TaskStateBits::of_letters(letters)
                                        : TaskStateBits::of_release(release);
}

void TaskFacts::read_clocks() {
    const auto queues = kernel_.symbol("runqueues");
    if (!queues) return;
    const unsigned count = possible_cpus(kernel_);
    for (unsigned cpu = 0; cpu < count; ++cpu) {
        auto& clocks = clocks_.emplace_back();
        const auto queue = of_cpu(kernel_, *queues, cpu);
        const auto clock = queue ? kernel_.number(*queue, "rq", "clock") : std::nullopt;
        const auto task_clock = clock ? kernel_.number(*queue, "rq", "clock_task") : std::nullopt;
        if (!task_clock) continue;
        clocks = Clocks{*clock, *task_clock};
        now_ = std::max(now_, *clock);
    }
}

KernelTask TaskFacts::read(const DumpedTask& task) {
    KernelTask facts;
    facts.pid = task.pid;
    facts.name = task.name;
    facts.address = {task.address};
    facts.tgid = as<int>(number(task.address, "tgid"));
    if (const auto parent = number(task.address, "real_parent")) {
        facts.ppid = as<int>(number(*parent, "tgid"));
    }
    facts.state = state(task.address);
    facts.cpu = cpu(task.address);
    facts.kernel_thread = (number(task.address, "flags").value_or(0) & kKernelThread) != 0;
    if (const auto credentials = number(task.address, "cred")) {
        auto uid = kernel_.number(*credentials, "cred", "euid.val");
        if (!uid) uid = kernel_.number(*credentials, "cred", "euid");  // before Linux 3.5
        facts.uid = as<std::uint32_t>(uid);
    }
    if (const auto memory = number(task.address, "mm"); memory == 0) {
        facts.virtual_size = facts.resident_size = 0;
    } else if (memory) {
        const MemorySize& size = memory_of(*memory);
        facts.virtual_size = size.mapped;
        facts.resident_size = size.resident;
    }
    return facts;
}

std::optional<TaskState> TaskFacts::state(std::uint64_t task) {
    auto state = number(task, "__state");
    if (!state) state = number(task, "state");  // before Linux 5.14
    if (!state) return std::nullopt;
    return task_state(*state, number(task, "exit_state").value_or(0), bits_);
}

/// Linux moved it from the thread_info on the stack to task_struct (x86: 4.9), and from there into
/// the thread_info that is a member now (5.16).
std::optional<unsigned> TaskFacts::cpu(std::uint64_t task) {
    auto found = number(task, "thread_info.cpu");
    if (!found) found = number(task, "cpu");
    if (!found) {
        const auto stack = number(task, "stack");
        found = stack ? kernel_.number(*stack, "thread_info", "cpu") : std::nullopt;
    }
    if (!found || *found >= kMaxCpus) return std::nullopt;
    return static_cast<unsigned>(*found);
}

const TaskFacts::MemorySize& TaskFacts::memory_of(std::uint64_t address) {
    if (address == memory_.address) return memory_;
    const auto in_bytes = [&](std::optional<std::uint64_t> pages) {
        if (pages && *pages >= kMaxPages) pages.reset();
        return pages ? std::optional(*pages * page_size_) : std::nullopt;
    };
    memory_ = {.address = address,
               .mapped = in_bytes(kernel_.number(address, "mm_struct", "total_vm")),
               .resident = in_bytes(resident_pages(address))};
    return memory_;
}

/// As get_mm_rss(): pages of files, anonymous ones and (since 4.5) those of shared memory, at 0, 1
/// and 3; at 2 there are those that were swapped out.
std::optional<std::uint64_t> TaskFacts::resident_pages(std::uint64_t memory) {
    const auto plain = kernel_.at(memory, "mm_struct", "rss_stat.count");
    const auto counters = kernel_.at(memory, "mm_struct", "rss_stat");
    const auto size = kernel_.size(plain ? "mm_rss_stat" : "percpu_counter");  // percpu: 6.2
    if (!counters || !size) return std::nullopt;
    std::uint64_t pages = 0;
    for (const std::uint64_t which : {0, 1, 3}) {
        if (plain && (which + 1) * 8 > *size) continue;
        const auto count = plain ? kernel_.memory().word(*plain + which * 8)
                                 : percpu_sum(*counters + which * *size);
        if (!count) return std::nullopt;
        // Less than nothing is a sum that was read in the midst of an update.
        if (static_cast<std::int64_t>(*count) > 0) pages += *count;
    }
    return pages;
}

std::optional<std::uint64_t> TaskFacts::percpu_sum(std::uint64_t counter) {
    auto sum = kernel_.number(counter, "percpu_counter", "count");
    const auto parts = kernel_.number(counter, "percpu_counter", "counters");
    if (!sum || !parts || !exact_counters_) return sum;
    for (unsigned cpu = 0; cpu < clocks_.size(); ++cpu) {
        const auto place = of_cpu(kernel_, *parts, cpu);
        const auto part = place ? kernel_.memory().value<std::uint32_t>(*place) : std::nullopt;
        if (!part) return std::nullopt;
        *sum += static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(*part)});
    }
    return sum;
}

/// A task that leaves its CPU is accounted until then (sched_entity::exec_start, in the time of the
/// queue's task clock); one that gets ready to run is queued (sched_info::last_queued, in that of
/// the queue's clock). The clock of a CPU stands still while it idles: the newest one counts.
std::optional<std::chrono::nanoseconds> TaskFacts::waiting(const KernelTask& task) {
    if (task.on_cpu || !task.state || !task.cpu || *task.cpu >= clocks_.size()) return {};
    const auto& clocks = clocks_[*task.cpu];
    if (!clocks) return std::nullopt;
    const bool ready = task.state == TaskState::running;
    const auto since =
        number(task.address.value, ready ? "sched_info.last_queued" : "se.exec_start");
    const std::uint64_t until = ready ? now_ : clocks->task_clock;
    if (!since || *since == 0 || *since > until) return std::nullopt;
    const std::uint64_t behind = ready ? 0 : now_ - clocks->clock;
    return std::chrono::nanoseconds(static_cast<std::int64_t>(until - *since + behind));
}

}  // namespace symline::vmcore
