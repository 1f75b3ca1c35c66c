#include "process/live/thread_status.h"

#include <dirent.h>

#include <algorithm>
#include <charconv>

#include "base/text_words.h"
#include "elf/constants.h"
#include "process/live/process_maps.h"

namespace symline::process {
namespace {

std::string of_thread(int tid, std::string_view name) {
    return "task/" + std::to_string(tid) + "/" + std::string(name);
}

/// The next word, as a number in base 10, or with "0x" in front.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const bool hexadecimal = text.starts_with("0x");
    if (hexadecimal) text.remove_prefix(2);
    std::uint64_t value = 0;
    const auto* const begin = text.begin();
    const auto read = std::from_chars(begin, text.end(), value, hexadecimal ? 16 : 10);
    if (read.ec != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(read.ptr - begin));
    return value;
}

}  // namespace

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

int living_thread(int pid) {
    if (!has_ended(pid, pid)) return pid;
    for (const int each : thread_ids(pid)) {
        if (!has_ended(pid, each)) return each;
    }
    return pid;
}

std::string thread_name(int pid, int tid) {
    auto name = read_proc_file(pid, of_thread(tid, "comm")).value_or("");
    while (name.ends_with('\n')) name.pop_back();
    return name;
}

std::optional<char> thread_state(int pid, int tid) {
    const auto text = read_proc_file(pid, of_thread(tid, "stat")).value_or("");
    // "4711 (a name with any characters) S ..."
    const auto name_end = text.rfind(") ");
    if (name_end == std::string::npos || name_end + 2 >= text.size()) return std::nullopt;
    return text[name_end + 2];
}

bool has_ended(int pid, int tid) {
    const auto state = thread_state(pid, tid);
    return !state || *state == 'Z' || *state == 'X';
}

int tracer_of(int pid, int tid) {
    const auto text = read_proc_file(pid, of_thread(tid, "status")).value_or("");
    constexpr std::string_view kLabel = "\nTracerPid:\t";
    const auto at = text.find(kLabel);
    int tracer = 0;
    if (at != std::string::npos) {
        std::from_chars(text.data() + at + kLabel.size(), text.data() + text.size(), tracer);
    }
    return tracer;
}

std::optional<BlockedAt> parse_blocked_at(std::string_view text) {
    BlockedAt blocked;
    const bool exception = text.starts_with("-1 ");
    if (exception) {
        text.remove_prefix(2);
    } else {
        blocked.system_call = take_number(text);
        if (!blocked.system_call) return std::nullopt;
        for (auto& each : blocked.arguments) {
            const auto value = take_number(text);
            if (!value) return std::nullopt;
            each = *value;
        }
    }
    const auto sp = take_number(text);
    const auto pc = take_number(text);
    if (!sp || !pc) return std::nullopt;
    blocked.sp = *sp;
    blocked.pc = *pc;
    return blocked;
}

Registers registers_of(const BlockedAt& blocked, const MachineFacts& facts) {
    Registers registers;
    registers.pc = blocked.pc & facts.code_mask;
    registers.values.push_back({facts.stack_pointer, blocked.sp, "sp"});
    if (facts.machine != elf::kX86_64) return registers;
    registers.values = {{7, blocked.sp, "rsp"}, {16, blocked.pc, "rip"}};
    if (!blocked.system_call) return registers;
    // System V ABI, AMD64, A.2.1
    constexpr std::array<Registers::Value, 6> kArguments{
        {{5, 0, "rdi"}, {4, 0, "rsi"}, {1, 0, "rdx"}, {10, 0, "r10"}, {8, 0, "r8"}, {9, 0, "r9"}}};
    for (std::size_t i = 0; i < kArguments.size(); ++i) {
        registers.values.push_back(kArguments[i]);
        registers.values.back().value = blocked.arguments[i];
    }
    return registers;
}

UnstoppedThread describe_unstopped(int pid, int tid, const std::optional<BlockedAt>& blocked) {
    UnstoppedThread thread;
    thread.state = thread_state(pid, tid).value_or('?');
    if (blocked) thread.system_call = blocked->system_call;
    thread.wait_channel = read_proc_file(pid, of_thread(tid, "wchan")).value_or("");
    if (thread.wait_channel == "0") thread.wait_channel.clear();
    // "[<0>] kernel_clone+0x9d/0x3f0", for root alone
    const auto stack = read_proc_file(pid, of_thread(tid, "stack")).value_or("");
    base::for_each_line(stack, [&](std::string_view line) {
        const auto frame = line.find("] ");
        if (frame != std::string_view::npos)
            thread.kernel_stack.emplace_back(line.substr(frame + 2));
    });
    return thread;
}

}  // namespace symline::process
