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

namespace symline::process {
namespace {

/// Of one stack; what lies above belongs to frames that nobody reads.
constexpr std::uint64_t kMostStack = std::uint64_t{8} << 20;
/// A leaf function may use what lies below its stack pointer (System V ABI, AMD64, 3.2.2).
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

/// Stops threads while it lives.
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
    /// Until no thread starts another one any more.
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

std::optional<Registers> registers_of(int id, const ProcessFormat& process) {
    const auto* facts = machine_facts(process.machine, process.format.size);
    if (facts == nullptr) return std::nullopt;
    std::array<std::uint8_t, 1024> bytes{};
    iovec where{bytes.data(), bytes.size()};
    // NOLINTNEXTLINE(performance-no-int-to-ptr): ptrace takes the kind of registers as an address.
    auto* const kind = reinterpret_cast<void*>(std::uintptr_t{NT_PRSTATUS});
    if (::ptrace(PTRACE_GETREGSET, id, kind, &where) != 0) return std::nullopt;
    return read_registers(*facts, base::Bytes(bytes).first(where.iov_len),
                          process.format.big_endian);
}

std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\0')) text.pop_back();
    std::ranges::replace(text, '\0', ' ');
    return text;
}

void copy_stack(LiveProcess& live, const CoreThread& thread) {
    const auto* facts = machine_facts(live.format.machine, live.format.format.size);
    if (facts == nullptr || !thread.registers) return;
    const auto sp = thread.registers->by_number(facts->stack_pointer);
    if (!sp) return;
    for (const CoreSegment& each : live.segments) {
        if (!each.contains(*sp)) continue;
        const auto begin = std::max(each.address, *sp - std::min(*sp, kRedZone));
        const auto end = each.address + each.memory_size;
        live.memory->take(begin, std::min(end, begin + kMostStack));
    }
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

void CopiedMemory::take(std::uint64_t begin, std::uint64_t end) {
    Piece piece{begin, std::vector<std::uint8_t>(end - begin)};
    if (process_.read(begin, piece.bytes)) pieces_.push_back(std::move(piece));
}

Expected<LiveProcess> capture_process(int pid) {
    LiveProcess live;
    const auto format = read_process_format(pid);
    if (!format) return std::unexpected(format.error());
    live.format = *format;
    live.memory = std::make_unique<CopiedMemory>(pid);
    std::vector<FileRange> files;
    {
        Stopped stopped;
        if (!stopped.stop_all(pid)) {
            return std::unexpected(
                Error{ErrorCode::unreadable,
                      {},
                      std::string("it cannot be stopped: ") + std::strerror(errno)});
        }
        auto maps = read_maps(pid);
        if (!maps) return std::unexpected(maps.error());
        live.segments = std::move(maps->segments);
        files = std::move(maps->files);
        for (const int id : stopped.ids()) {
            CoreThread thread{id, 0, registers_of(id, live.format)};
            copy_stack(live, thread);
            live.threads.push_back({std::move(thread), {}});
        }
    }
    for (LiveThread& each : live.threads) {
        const auto name = "task/" + std::to_string(each.thread.tid) + "/comm";
        each.name = trimmed(read_proc_file(pid, name).value_or(""));
    }
    const auto words = read_proc_file(pid, "auxv").value_or("");
    const auto* data = reinterpret_cast<const std::uint8_t*>(words.data());
    const auto auxiliary = read_auxiliary_vector({data, words.size()}, live.format.format);
    live.files =
        read_mapped_files(live.memory->process(), live.format.format, files, auxiliary, {});
    live.process.pid = pid;
    live.process.program = live.files.program;
    live.process.build_id = live.files.program_build_id;
    live.process.command_line = trimmed(read_proc_file(pid, "cmdline").value_or(""));
    return live;
}

}  // namespace symline::process
