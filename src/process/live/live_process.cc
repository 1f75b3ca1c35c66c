#include "process/live/live_process.h"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <thread>

#include "base/hex.h"
#include "base/threads.h"
#include "elf/constants.h"
#include "process/live/refusal.h"
#include "process/live/thread_status.h"
#include "process/live/thread_stopper.h"
#include "process/modules/mappings.h"

namespace symline::process {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// How long threads stand still for those that have not stopped yet, unless these are blocked.
constexpr auto kTogether = 15ms;
/// What is not scheduled within this time, on an idle machine, is blocked.
constexpr auto kSoon = 2ms;
/// How long a thread that does not stop is waited for; none stands still meanwhile.
constexpr auto kPatience = 500ms;
/// A leaf function may use memory below its stack pointer (System V ABI, AMD64, 3.2.2).
constexpr std::uint64_t kRedZone = 128;

/// One kind of registers of a stopped thread, as a core's note has it; empty where it has none.
base::Bytes register_set(int id, unsigned note_type, std::span<std::uint8_t> buffer) {
    iovec where{buffer.data(), buffer.size()};
    // NOLINTNEXTLINE(performance-no-int-to-ptr): ptrace takes the kind of registers as an address.
    auto* const kind = reinterpret_cast<void*>(std::uintptr_t{note_type});
    if (::ptrace(PTRACE_GETREGSET, id, kind, &where) != 0) return {};
    return buffer.first(where.iov_len);
}

std::optional<Registers> stopped_registers(int id, const Snapshot& live) {
    const auto* facts = machine_facts(live.machine, live.format.size);
    if (facts == nullptr) return std::nullopt;
    std::array<std::uint8_t, 1024> bytes{};
    auto registers =
        read_registers(*facts, register_set(id, NT_PRSTATUS, bytes), live.format.big_endian);
    if (registers && facts->machine == elf::kArm64) {
        base::Cursor masks(register_set(id, NT_ARM_PAC_MASK, bytes), live.format.big_endian, 8);
        registers->signature_bits = masks.u64();
    }
    return registers;
}

std::vector<ExtendedRegister> stopped_extended_registers(int id, const Snapshot& live) {
    // XSAVE's area has 11 KB where there are AMX's tiles.
    std::vector<std::uint8_t> bytes(std::size_t{32} << 10);
    std::span<std::uint8_t> room(bytes);
    std::vector<RegisterSet> sets;
    const auto add = [&](std::uint32_t type) {
        sets.push_back({type, register_set(id, type, room)});
        room = room.subspan(sets.back().bytes.size());
    };
    add(kGeneralSet);
    for (const auto type : extended_sets(live.machine)) add(type);
    return read_extended_registers(live.machine, live.format.big_endian, sets);
}

std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\0')) text.pop_back();
    std::ranges::replace(text, '\0', ' ');
    return text;
}

/// From a stack pointer to the end of its mapping.
void copy_stack(const Snapshot& live, const CoreThread& thread, CopiedMemory& memory) {
    const auto* facts = machine_facts(live.machine, live.format.size);
    if (facts == nullptr || !thread.registers) return;
    const auto sp = thread.registers->by_number(facts->stack_pointer);
    if (!sp) return;
    const CoreSegment* segment = segment_at(live.segments, *sp);
    if (segment == nullptr) return;
    const auto begin = std::max(segment->address, *sp - std::min(*sp, kRedZone));
    memory.copy(begin, segment->address + segment->memory_size);
}

/// Stops the threads of a process, takes their registers and stacks, and lets them go.
class Capture {
public:
    Capture(int pid, Snapshot& live, CopiedMemory& memory, bool extended_registers,
            ThreadStopper& stopper)
        : pid_(pid),
          live_(live),
          memory_(memory),
          extended_registers_(extended_registers),
          stopper_(stopper) {}

    /// `wanted`: these alone; none: all.
    std::optional<Error> run(const std::vector<int>& wanted) {
        stop(wanted);
        if (auto error = refusal()) return error;
        auto maps = read_maps(live_.window);
        if (!maps) return std::move(maps.error());
        live_.segments = std::move(maps->segments);
        files_ = std::move(maps->files);
        copy_stopped();
        stopper_.wait(began_ + kPatience, [this] {
            copy_stopped();
            return false;
        });
        copy_stopped();
        take_the_rest();
        std::ranges::sort(live_.threads, {}, &CoreThread::tid);
        return std::nullopt;
    }
    std::vector<FileRange>& files() { return files_; }

private:
    using State = ThreadStopper::State;

    /// Repeated until no new thread has appeared.
    void stop(const std::vector<int>& wanted) {
        for (bool more = true; more && Clock::now() < began_ + kPatience;) {
            const auto before = stopper_.threads().size();
            for (const int id : thread_ids(pid_)) {
                // A number that is asked for may be another process's.
                if (wanted.empty() || std::ranges::find(wanted, id) != wanted.end())
                    stopper_.ask(id);
            }
            const auto asked = Clock::now();
            stopper_.wait(asked + kTogether,
                          [&] { return Clock::now() > asked + kSoon && others_are_blocked(); });
            more = stopper_.threads().size() != before;
        }
    }

    bool others_are_blocked() {
        return std::ranges::none_of(stopper_.threads(), [this](const auto& each) {
            return each.state == State::asked && thread_state(pid_, each.id) != 'D';
        });
    }

    /// Nothing as long as there is any thread to look at.
    std::optional<Error> refusal() {
        const ThreadStopper::Thread* refused = nullptr;
        for (const auto& each : stopper_.threads()) {
            if (each.state == State::asked || each.state == State::stopped) return std::nullopt;
            if (each.state == State::refused && !has_ended(pid_, each.id)) refused = &each;
        }
        if (refused == nullptr) return std::nullopt;
        return why_not_stopped(pid_, refused->id, refused->error);
    }

    void copy_stopped() {
        for (auto& each : stopper_.threads()) {
            if (each.state != State::stopped) continue;
            CoreThread thread{.tid = each.id, .registers = stopped_registers(each.id, live_)};
            if (extended_registers_) {
                thread.extended_registers = stopped_extended_registers(each.id, live_);
            }
            copy_stack(live_, thread, memory_);
            stopper_.let_go(each);
            live_.threads.push_back(std::move(thread));
        }
    }

    void take_the_rest() {
        for (const auto& each : stopper_.threads()) {
            CoreThread thread{.tid = each.id};
            if (each.state == State::asked) {
                take_blocked(thread);
            } else if (each.state == State::refused) {
                thread.missing = has_ended(pid_, each.id)
                                     ? "the thread has ended"
                                     : why_not_stopped(pid_, each.id, each.error).message;
            } else {
                continue;
            }
            live_.threads.push_back(std::move(thread));
        }
    }

    void take_blocked(CoreThread& thread) {
        const auto file = "task/" + std::to_string(thread.tid) + "/syscall";
        const auto blocked = parse_blocked_at(read_proc_file(pid_, file).value_or(""));
        thread.unstopped = describe_unstopped(pid_, thread.tid, blocked);
        const auto* facts = machine_facts(live_.machine, live_.format.size);
        if (blocked && facts != nullptr) {
            thread.registers = registers_of(*blocked, *facts);
            copy_stack(live_, thread, memory_);
        } else {
            thread.missing = "it did not stop within half a second";
        }
    }

    int pid_;
    Snapshot& live_;
    CopiedMemory& memory_;
    bool extended_registers_;
    Clock::time_point began_ = Clock::now();
    ThreadStopper& stopper_;
    std::vector<FileRange> files_;
};

/// What could not be stopped is let go by the end of the thread that traces it. False where the
/// system gives no threads.
bool on_a_thread_of_its_own(int pid, const std::function<void(ThreadStopper&)>& work) {
    EndedThreads ended(pid);
    auto waiting = base::start_threads(1, [&](std::size_t) { ended.wait_for_all(); });
    auto tracing = base::start_threads(waiting.size(), [&](std::size_t) {
        ThreadStopper stopper(ended);
        work(stopper);
    });
    const bool started = !tracing.empty();
    tracing.clear();
    ended.close();
    return started;
}

/// Those of /proc/PID/map_files are for whoever may open any file (CAP_CHECKPOINT_RESTORE); the
/// program's own is for the process's user, too.
void set_handles(Snapshot& live) {
    const auto folder = "/proc/" + std::to_string(live.window) + "/";
    const Mapping* before = nullptr;
    for (Mapping& each : live.mappings) {
        if (!each.path.starts_with('/')) continue;
        if (each.remapped && before != nullptr && before->path == each.path) {
            each.handle = before->handle;
            continue;
        }
        before = &each;
        each.handle = each.path == live.facts.program
                          ? folder + "exe"
                          : folder + "map_files/" + base::hex_digits(each.begin.value) + "-" +
                                base::hex_digits(each.end.value);
    }
}

/// What does not change, and so is read while the process runs.
void describe(int pid, const std::vector<FileRange>& files, Snapshot& live) {
    for (CoreThread& each : live.threads) each.name = thread_name(pid, each.tid);
    const auto words = read_proc_file(live.window, "auxv").value_or("");
    const auto* data = reinterpret_cast<const std::uint8_t*>(words.data());
    live.facts.auxiliary = read_auxiliary_values({data, words.size()}, live.format);
    const auto auxiliary = places_of(live.facts.auxiliary);
    auto mapped = read_mapped_files(ProcessMemory(live.window), live.format,
                                    {live.segments, files, live.machine}, auxiliary, {});
    live.entry = auxiliary.entry;
    live.mappings = std::move(mapped.mappings);
    live.problems = std::move(mapped.problems);
    live.facts.pid = pid;
    live.facts.machine = live.machine;
    live.facts.name = thread_name(pid, pid);
    live.facts.program = std::move(mapped.program);
    live.facts.build_id = std::move(mapped.program_build_id);
    set_handles(live);
    live.facts.command_line = trimmed(read_proc_file(live.window, "cmdline").value_or(""));
}

Expected<Snapshot> start(int pid) {
    const int window = living_thread(pid);
    const auto format = read_process_format(window);
    if (!format) return std::unexpected(why_not_opened(pid, format.error()));
    Snapshot live;
    live.window = window;
    live.format = format->format;
    live.machine = format->machine;
    return live;
}

Expected<Snapshot> look_once(int pid) {
    auto live = start(pid);
    if (!live) return live;
    auto maps = read_maps(live->window);
    if (!maps) return std::unexpected(std::move(maps.error()));
    live->segments = std::move(maps->segments);
    live->memory = std::make_unique<ProcessMemory>(live->window);
    for (const int id : thread_ids(pid)) live->threads.push_back({id, 0, std::nullopt, {}});
    describe(pid, maps->files, *live);
    return live;
}

Expected<Snapshot> capture_once(int pid, const std::vector<int>& tids, bool extended_registers) {
    auto live = start(pid);
    if (!live) return live;
    auto memory = std::make_unique<CopiedMemory>(live->window);
    std::vector<FileRange> files;
    std::optional<Error> error;
    const bool done = on_a_thread_of_its_own(pid, [&](ThreadStopper& stopper) {
        Capture capture(pid, *live, *memory, extended_registers, stopper);
        error = capture.run(tids);
        files = std::move(capture.files());
    });
    if (!done) error = Error{ErrorCode::unreadable, {}, "the system gives no further thread"};
    if (error) return std::unexpected(std::move(*error));
    live->memory = std::move(memory);
    describe(pid, files, *live);
    return live;
}

/// While a thread calls execve(), the others end, and it takes the number of the first: for a
/// moment the process is a zombie, or has no program, or none of the threads that were asked.
Expected<Snapshot> repeated(const std::function<Expected<Snapshot>()>& look) {
    constexpr int kTimes = 10;
    constexpr auto kPause = 2ms;
    auto live = look();
    for (int i = 1; i < kTimes && (!live || live->threads.empty()); ++i) {
        std::this_thread::sleep_for(kPause);
        live = look();
    }
    return live;
}

}  // namespace

Expected<Snapshot> look_at_process(int pid) {
    return repeated([&] { return look_once(pid); });
}

Expected<Snapshot> capture_process(int pid, const std::vector<int>& tids, bool extended_registers) {
    return repeated([&] { return capture_once(pid, tids, extended_registers); });
}

bool copy_more(Snapshot& live, CoreThread& thread, std::uint64_t address, std::uint64_t size) {
    const CoreSegment* segment = segment_at(live.segments, address);
    if (segment == nullptr || !segment->writable()) return false;
    // A frame's return address is read first; its registers were saved below.
    constexpr std::uint64_t kPartBelow = 16;
    const auto begin = address - std::min(address - segment->address, size / kPartBelow);
    const auto end = std::min(segment->address + segment->memory_size, address + size);
    auto& memory = static_cast<CopiedMemory&>(*live.memory);
    const auto copy = [&] {
        copy_stack(live, thread, memory);
        memory.copy(begin, end);
    };
    bool stood = thread.unstopped.has_value();
    if (stood) {
        copy();
        return true;
    }
    on_a_thread_of_its_own(live.facts.pid, [&](ThreadStopper& stopper) {
        stopper.ask(thread.tid);
        stopper.wait(Clock::now() + kPatience);
        stood = stopper.threads().front().state == ThreadStopper::State::stopped;
        if (stood) {
            thread.registers = stopped_registers(thread.tid, live);
            copy();
        }
    });
    return stood;
}

}  // namespace symline::process
