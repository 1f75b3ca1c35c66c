#include "process/jit/jit_code.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/file_text.h"
#include "base/path.h"
#include "base/path_in_root.h"
#include "process/live/process_maps.h"

namespace symline::process {
namespace {

/// A process has one or two.
constexpr std::size_t kMaxFiles = 8;
/// Clocks of file systems tick more rarely than others, and boot times are rounded.
constexpr std::int64_t kTick = 2;

/// The number after `label`, or the last of the line where there are several.
std::optional<std::uint64_t> number_after(std::string_view text, std::string_view label,
                                          std::size_t index) {
    auto at = text.find(label);
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(at + label.size());
    text = text.substr(0, text.find('\n'));
    std::optional<std::uint64_t> found;
    for (std::size_t i = 0; i <= index; ++i) {
        const auto digit = text.find_first_of("0123456789");
        if (digit == std::string_view::npos) break;
        text.remove_prefix(digit);
        std::uint64_t value = 0;
        const auto end = std::from_chars(text.data(), text.data() + text.size(), value).ptr;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        found = value;
    }
    return found;
}

constexpr std::size_t kEffective = 1;  // of the four users of a process
constexpr std::size_t kLast = 64;      // of as many namespaces as there can be

/// proc(5): the 22nd field of stat is the start, in clock ticks since the boot.
std::int64_t started_at(int pid) {
    const auto stat = read_proc_file(pid, "stat").value_or("");
    const auto name_end = stat.rfind(')');
    if (name_end == std::string::npos) return 0;
    std::string_view rest = std::string_view(stat).substr(name_end);
    constexpr int kFieldsBetween = 20;
    for (int i = 0; i < kFieldsBetween; ++i) {
        rest.remove_prefix(std::min(rest.size(), rest.find(' ') + 1));
    }
    std::uint64_t ticks = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), ticks);
    const auto boot = number_after("\n" + base::file_text("/proc/stat"), "\nbtime ", 0);
    const auto rate = ::sysconf(_SC_CLK_TCK);
    if (!boot || rate <= 0) return 0;
    return static_cast<std::int64_t>(*boot + ticks / static_cast<std::uint64_t>(rate));
}

bool is_jitdump(const std::string& path) {
    const auto name = base::file_name(path);
    return name.starts_with("jit-") && name.ends_with(".dump");
}

}  // namespace

JitOwner owner_of(int pid) {
    const auto status = "\n" + read_proc_file(pid, "status").value_or("");
    JitOwner owner;
    owner.pid = static_cast<std::uint32_t>(
        number_after(status, "\nNSpid:", kLast).value_or(static_cast<std::uint64_t>(pid)));
    if (const auto user = number_after(status, "\nUid:", kEffective)) {
        owner.user = static_cast<std::uint32_t>(*user);
    }
    owner.since = started_at(pid);
    return owner;
}

JitCode::JitCode(JitOwner owner, std::vector<std::string> roots)
    : owner_(owner), roots_(std::move(roots)) {}

std::optional<JitCode::Place> JitCode::find(const Snapshot& process, std::uint64_t address) {
    if (!std::exchange(opened_, true)) open_files(process);
    for (const File& each : files_) {
        if (const auto place = each.names->find(address)) return Place{*place, each.path};
    }
    return std::nullopt;
}

/// A jitdump says more than a perf map. It is mapped by the process, so that perf sees it.
void JitCode::open_files(const Snapshot& process) {
    if (!owner_.user || owner_.pid == 0) return;
    const Mapping* before = nullptr;
    for (const Mapping& each : process.mappings) {
        if (!is_jitdump(each.path) || (before != nullptr && before->path == each.path)) continue;
        before = &each;
        open_file(process, each.path);
        if (files_.size() == kMaxFiles) return;
    }
    open_file(process, "/tmp/perf-" + std::to_string(owner_.pid) + ".map");
}

void JitCode::open_file(const Snapshot& process, const std::string& path) {
    // A core does not say when its process began; a jitdump has to be mapped.
    const bool proven = owner_.until == 0 || is_jitdump(path);
    const auto is_code = [&](std::uint64_t address) {
        const CoreSegment* segment = segment_at(process.segments, address);
        return segment != nullptr && segment->executable();
    };
    for (const std::string& root : roots_) {
        auto file = open_own(root, path);
        if (!file) continue;
        auto names =
            is_jitdump(path) ? read_jitdump(std::move(*file), owner_.pid) : read_perf_map(*file);
        if (names == nullptr || (!proven && !names->fits(is_code))) continue;
        files_.push_back({path, std::move(names)});
        return;
    }
}

std::optional<base::RegularFile> JitCode::open_own(const std::string& root,
                                                   const std::string& path) const {
    const int descriptor = base::open_in_root(root, path);
    if (descriptor < 0) return std::nullopt;
    auto file = base::RegularFile::from_descriptor(descriptor, path);
    struct stat status{};
    if (!file || ::fstat(descriptor, &status) != 0) return std::nullopt;
    // What the user has put into a sysroot is the user's, and has the time of the copy.
    const bool copied = owner_.until != 0 && !root.empty();
    const auto changed = status.st_mtim.tv_sec;
    const bool own = status.st_uid == *owner_.user || status.st_uid == 0 ||
                     (copied && status.st_uid == ::geteuid());
    // Of more names than one, another may be a file that was not written for this.
    // Nor does it say much if anybody may have written it.
    if (!own || status.st_nlink != 1 || (status.st_mode & S_IWOTH) != 0 ||
        changed + kTick < owner_.since)
        return std::nullopt;
    if (owner_.until != 0 && !copied && changed > owner_.until + kTick) return std::nullopt;
    return std::move(*file);
}

}  // namespace symline::process
