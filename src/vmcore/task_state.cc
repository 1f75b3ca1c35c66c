#include "vmcore/task_state.h"

#include <algorithm>
#include <array>

#include "vmcore/format/vmcoreinfo.h"

namespace symline {
namespace {

struct StateWords {
    TaskState state;
    char letter;
    std::string_view word;
    std::string_view crash;  ///< as the program `crash` writes it
    std::string_view other;
};

/// The words are those of task_state_array in fs/proc/array.c.
constexpr std::array kStates{
    StateWords{TaskState::running, 'R', "running", "RU", "runnable"},
    StateWords{TaskState::sleeping, 'S', "sleeping", "IN", "interruptible"},
    StateWords{TaskState::uninterruptible, 'D', "disk sleep", "UN", "uninterruptible"},
    StateWords{TaskState::stopped, 'T', "stopped", "ST", ""},
    StateWords{TaskState::traced, 't', "tracing stop", "TR", "traced"},
    StateWords{TaskState::dead, 'X', "dead", "DE", ""},
    StateWords{TaskState::zombie, 'Z', "zombie", "ZO", ""},
    StateWords{TaskState::parked, 'P', "parked", "PA", ""},
    StateWords{TaskState::idle, 'I', "idle", "ID", ""},
};

const StateWords& words_of(TaskState state) {
    return kStates[static_cast<std::size_t>(state)];
}

}  // namespace

char letter(TaskState state) {
    return words_of(state).letter;
}

std::string_view describe(TaskState state) {
    return words_of(state).word;
}

std::optional<TaskState> parse_task_state(std::string_view text) {
    if (text == "blocked") return TaskState::uninterruptible;
    for (const StateWords& each : kStates) {
        const bool is_letter = text.size() == 1 && text.front() == each.letter;
        const bool is_word = !text.empty() && (text == each.word || text == each.other);
        if (is_letter || is_word || text == each.crash) return each.state;
    }
    return std::nullopt;
}

}  // namespace symline

namespace symline::vmcore {
namespace {

// include/linux/sched.h; the same in every version that has them.
constexpr std::uint64_t kInterruptible = 1, kUninterruptible = 2, kStopped = 4, kTraced = 8;
constexpr std::uint64_t kNoLoad = 0x400;       // since 4.2 (80ed87c8a9ca)
constexpr std::uint64_t kRtlockWait = 0x1000;  // since 5.15 (5f220be21418)
constexpr std::uint64_t kFrozen = 0x8000;      // since 6.1 (f5d39b020809)
constexpr std::uint64_t kIdle = kUninterruptible | kNoLoad;

constexpr TaskStateBits kBefore314{.zombie = 0x10, .dead = 0x20, .parked = 0x200};
constexpr TaskStateBits kBefore414{.zombie = 0x20, .dead = 0x10, .parked = 0x200};
constexpr TaskStateBits kSince414{.zombie = 0x20, .dead = 0x10, .parked = 0x40};

}  // namespace

TaskStateBits TaskStateBits::of_release(std::string_view release) {
    const KernelVersion version = version_of(release);
    if (version == KernelVersion{}) return kSince414;
    if (version < KernelVersion{3, 14}) return kBefore314;
    return version < KernelVersion{4, 14} ? kBefore414 : kSince414;
}

TaskStateBits TaskStateBits::of_letters(std::string_view letters) {
    const auto bit = [&](char state, std::uint64_t fallback) {
        const auto index = letters.find(state);
        if (index == std::string_view::npos || index == 0) return fallback;
        return std::uint64_t{1} << (index - 1);
    };
    return {.zombie = bit('Z', kSince414.zombie),
            .dead = bit('X', kSince414.dead),
            .parked = bit('P', kBefore414.parked)};
}

TaskState task_state(std::uint64_t state, std::uint64_t exit_state, const TaskStateBits& bits) {
    // These are shown as what they are like, whatever else is set.
    if ((state & (kRtlockWait | kFrozen)) != 0) return TaskState::uninterruptible;
    if ((state & kIdle) == kIdle) return TaskState::idle;
    struct Shown {
        std::uint64_t bit;
        TaskState state;
    };
    std::array shown{Shown{kInterruptible, TaskState::sleeping},
                     Shown{kUninterruptible, TaskState::uninterruptible},
                     Shown{kStopped, TaskState::stopped},
                     Shown{kTraced, TaskState::traced},
                     Shown{bits.dead, TaskState::dead},
                     Shown{bits.zombie, TaskState::zombie},
                     Shown{bits.parked, TaskState::parked}};
    // The highest bit counts: fls().
    std::ranges::sort(shown, std::ranges::greater{}, &Shown::bit);
    for (const Shown& each : shown) {
        if (((state | exit_state) & each.bit) != 0) return each.state;
    }
    return TaskState::running;
}

}  // namespace symline::vmcore
