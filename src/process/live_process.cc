#include "process/live_process.h"

#include <dirent.h>
#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <set>

#include "process/mappings.h"

namespace symline::process {
namespace {

/// Of one stack; deeper frames are not unwound.
constexpr std::uint64_t kMaxStack = std::uint64_t{8} << 20;
/// A leaf function may use memory below its stack pointer (System V ABI, AMD64, 3.2.2).
constexpr std::uint64_t kRedZone = 128;

std::vector<int> thread_ids(int pid) {
    std::vector<int> ids;
    DIR* folder = ::opendir(("/proc/" + std::to_string(pid) + "/task").c_str());
    if (folder == nullptr) return ids;
    while (const dirent* entry = ::readdir(folder)) {
        const std::string_view name = entry->d_name;
        int id = 0;
        const auto read = std::from_chars(name.data(), name.data() + name.size(), id);
        if (read.ec == std::errc() && id > 0) ids.push_back(id);
    }
    ::closedir(folder);
    std::ranges::sort(ids);
    return ids;
}

/// Threads that are stopped as long as this object exists.
class Stopped {
public:
    Stopped() = default;
    Stopped(const Stopped&) = delete;
    Stopped& operator=(const Stopped&) = delete;
    ~Stopped() {
        for (const int id : ids_) ::ptrace(PTRACE_DETACH, id, nullptr, nullptr);
    }

    /// False when the thread may not be traced, with errno; true too when it has just ended.
    bool stop(int id) {
        if (!tried_.insert(id).second) return true;
        if (::ptrace(PTRACE_SEIZE, id, nullptr, nullptr) != 0) return errno == ESRCH;
        ::ptrace(PTRACE_INTERRUPT, id, nullptr, nullptr);
        int status = 0;
        while (::waitpid(id, &status, __WALL) < 0 && errno == EINTR) {
        }
        if (WIFSTOPPED(status)) ids_.push_back(id);
        return true;
    }
    /// Repeated until no new thread has appeared.
    bool stop_all(int pid) {
        for (std::size_t before = 0;; before = tried_.size()) {
            for (const int id : thread_ids(pid)) {
                if (!stop(id)) return false;
            }
            if (tried_.size() == before) return true;
        }
    }
    const std::vector<int>& ids() const { return ids_; }

private:
    std::set<int> tried_;
    std::vector<int> ids_;
};

std::optional<Registers> registers_of(int id, const Snapshot& live) {
    const auto* facts = machine_facts(live.machine, live.format.size);
    if (facts == nullptr) return std::nullopt;
    std::array<std::uint8_t, 1024> bytes{};
    iovec where{bytes.data(), bytes.size()};
    // NOLINTNEXTLINE(performance-no-int-to-ptr): ptrace takes the kind of registers as an address.
    auto* const kind = reinterpret_cast<void*>(std::uintptr_t{NT_PRSTATUS});
    if (::ptrace(PTRACE_GETREGSET, id, kind, &where) != 0) return std::nullopt;
    return read_registers(*facts, base::Bytes(bytes).first(where.iov_len), live.format.big_endian);
}

std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\0')) text.pop_back();
    std::ranges::replace(text, '\0', ' ');
    return text;
}

void copy_stack(const Snapshot& live, const CoreThread& thread, CopiedMemory& memory) {
    const auto* facts = machine_facts(live.machine, live.format.size);
    if (facts == nullptr || !thread.registers) return;
    const auto sp = thread.registers->by_number(facts->stack_pointer);
    if (!sp) return;
    for (const CoreSegment& each : live.segments) {
        if (!each.contains(*sp)) continue;
        const auto begin = std::max(each.address, *sp - std::min(*sp, kRedZone));
        const auto end = each.address + each.memory_size;
        memory.copy(begin, std::min(end, begin + kMaxStack));
    }
}

std::string name_of(int pid, int tid) {
    const auto file = "task/" + std::to_string(tid) + "/comm";
    return trimmed(read_proc_file(pid, file).value_or(""));
}

/// What does not change, and so is read while the process runs.
void describe(int pid, const std::vector<FileRange>& files, Snapshot& live) {
    for (CoreThread& each : live.threads) each.name = name_of(pid, each.tid);
    const auto words = read_proc_file(pid, "auxv").value_or("");
    const auto* data = reinterpret_cast<const std::uint8_t*>(words.data());
    const auto auxiliary = read_auxiliary_vector({data, words.size()}, live.format);
    auto mapped = read_mapped_files(ProcessMemory(pid), live.format, files, auxiliary, {});
    live.mappings = std::move(mapped.mappings);
    live.problems = std::move(mapped.problems);
    live.facts.pid = pid;
    live.facts.name = name_of(pid, pid);
    live.facts.program = std::move(mapped.program);
    live.facts.build_id = std::move(mapped.program_build_id);
    live.facts.command_line = trimmed(read_proc_file(pid, "cmdline").value_or(""));
}

Expected<Snapshot> start(int pid) {
    const auto format = read_process_format(pid);
    if (!format) return std::unexpected(format.error());
    Snapshot live;
    live.format = format->format;
    live.machine = format->machine;
    return live;
}

Error cannot_be_stopped() {
    return {
        ErrorCode::unreadable, {}, std::string("it cannot be stopped: ") + std::strerror(errno)};
}

}  // namespace

bool CopiedMemory::read(std::uint64_t address, std::span<std::uint8_t> to) const {
    for (const Piece& each : pieces_) {
        if (address < each.begin || address - each.begin >= each.bytes.size()) continue;
        const auto within = address - each.begin;
        if (each.bytes.size() - within < to.size()) return false;
        std::memcpy(to.data(), each.bytes.data() + within, to.size());
        return true;
    }
    return false;
}

void CopiedMemory::copy(std::uint64_t begin, std::uint64_t end) {
    Piece piece{begin, std::vector<std::uint8_t>(end - begin)};
    if (process_.read(begin, piece.bytes)) pieces_.push_back(std::move(piece));
}

Expected<Snapshot> look_at_process(int pid) {
    auto live = start(pid);
    if (!live) return live;
    auto maps = read_maps(pid);
    if (!maps) return std::unexpected(std::move(maps.error()));
    live->segments = std::move(maps->segments);
    live->memory = std::make_unique<ProcessMemory>(pid);
    for (const int id : thread_ids(pid)) live->threads.push_back({id, 0, std::nullopt, {}});
    describe(pid, maps->files, *live);
    return live;
}

Expected<Snapshot> capture_process(int pid) {
    auto live = start(pid);
    if (!live) return live;
    auto memory = std::make_unique<CopiedMemory>(pid);
    std::vector<FileRange> files;
    {
        Stopped stopped;
        if (!stopped.stop_all(pid)) return std::unexpected(cannot_be_stopped());
        auto maps = read_maps(pid);
        if (!maps) return std::unexpected(std::move(maps.error()));
        live->segments = std::move(maps->segments);
        files = std::move(maps->files);
        for (const int id : stopped.ids()) {
            live->threads.push_back({id, 0, registers_of(id, *live), {}});
            copy_stack(*live, live->threads.back(), *memory);
        }
    }
    live->memory = std::move(memory);
    describe(pid, files, *live);
    return live;
}

}  // namespace symline::process
