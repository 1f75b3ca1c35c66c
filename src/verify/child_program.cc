#include "verify/child_program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

namespace symline::verify {
namespace {

/// A file in memory: a pipe would have to be read while it is written.
class MemoryFile {
public:
    MemoryFile() : file_(::memfd_create("symline", MFD_CLOEXEC)) {}
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    ~MemoryFile() {
        if (file_ >= 0) ::close(file_);
    }

    int descriptor() const { return file_; }
    bool write(std::string_view text) const {
        while (!text.empty()) {
            const auto count = ::write(file_, text.data(), text.size());
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(count));
        }
        return ::lseek(file_, 0, SEEK_SET) == 0;
    }
    std::size_t size() const {
        struct stat status{};
        return ::fstat(file_, &status) == 0 ? static_cast<std::size_t>(status.st_size) : 0;
    }
    std::string contents() const {
        std::string text(this->size(), '\0');
        std::size_t size = 0;
        while (size < text.size()) {
            const auto count =
                ::pread(file_, text.data() + size, text.size() - size, static_cast<off_t>(size));
            if (count <= 0) break;
            size += static_cast<std::size_t>(count);
        }
        text.resize(size);
        return text;
    }

private:
    int file_;
};

class Actions {
public:
    Actions() { ::posix_spawn_file_actions_init(&actions_); }
    Actions(const Actions&) = delete;
    Actions& operator=(const Actions&) = delete;
    ~Actions() { ::posix_spawn_file_actions_destroy(&actions_); }

    void redirect(int from, int to) { ::posix_spawn_file_actions_adddup2(&actions_, from, to); }
    void discard(int descriptor) {
        ::posix_spawn_file_actions_addopen(&actions_, descriptor, "/dev/null", O_WRONLY, 0);
    }
    const posix_spawn_file_actions_t* get() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

std::vector<std::string> environment() {
    std::vector<std::string> kept;
    for (char** each = ::environ; *each != nullptr; ++each) {
        const std::string_view word = *each;
        if (word.starts_with("LC_ALL=") || word.starts_with("DEBUGINFOD_URLS=")) continue;
        kept.emplace_back(word);
    }
    kept.emplace_back("LC_ALL=C");
    return kept;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> result;
    result.reserve(words.size() + 1);
    for (std::string& each : words) result.push_back(each.data());
    result.push_back(nullptr);
    return result;
}

Error failure(const std::string& program, std::string message) {
    return {ErrorCode::unreadable, program, std::move(message)};
}

/// Waits until the child has ended, for a moment only.
void wait_a_moment(int child_descriptor) {
    constexpr int kMilliseconds = 20;
    pollfd ended{.fd = child_descriptor, .events = POLLIN, .revents = 0};
    ::poll(&ended, child_descriptor < 0 ? 0 : 1, kMilliseconds);
}

/// The status of waitpid(); nothing where the child was ended because it wrote nothing for so long.
std::optional<int> end_of(pid_t child, const MemoryFile& out, std::chrono::milliseconds pause) {
    using Clock = std::chrono::steady_clock;
    // Kernels before 5.3 have none; the moments are then waited out.
    const int descriptor = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
    int status = 0;
    std::size_t size = 0;
    auto deadline = Clock::now() + pause;
    bool late = false;
    for (;;) {
        const pid_t found = ::waitpid(child, &status, late ? 0 : WNOHANG);
        if (found == child || (found < 0 && errno != EINTR)) break;
        if (out.size() != size) {
            size = out.size();
            deadline = Clock::now() + pause;
        }
        late = Clock::now() >= deadline;
        if (late) {
            ::kill(child, SIGKILL);
        } else {
            wait_a_moment(descriptor);
        }
    }
    if (descriptor >= 0) ::close(descriptor);
    return late ? std::nullopt : std::optional(status);
}

Expected<void> wait_for(pid_t child, const std::string& program, const MemoryFile& out,
                        std::chrono::milliseconds pause) {
    const auto status = end_of(child, out, pause);
    if (!status) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(pause).count();
        return std::unexpected(Error{ErrorCode::unsupported, program,
                                     "no answer within " + std::to_string(seconds) + " s"});
    }
    if (!WIFSIGNALED(*status)) return {};
    const int signal = WTERMSIG(*status);
    return std::unexpected(failure(
        program, "ended by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")"));
}

}  // namespace

std::string program_in_path(std::string_view name) {
    const char* const path = std::getenv("PATH");
    std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
    while (!rest.empty()) {
        const auto colon = rest.find(':');
        std::string candidate(rest.substr(0, colon));
        rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
        if (candidate.empty()) continue;
        candidate += '/';
        candidate += name;
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    return {};
}

Expected<std::string> run_program(const std::vector<std::string>& words, std::string_view input,
                                  std::chrono::milliseconds longest_pause) {
    const MemoryFile in;
    const MemoryFile out;
    if (out.descriptor() < 0 || !in.write(input))
        return std::unexpected(failure(words.front(), "no memory for its input and output"));
    Actions actions;
    actions.redirect(in.descriptor(), STDIN_FILENO);
    actions.redirect(out.descriptor(), STDOUT_FILENO);
    actions.discard(STDERR_FILENO);
    std::vector<std::string> own_words = words;
    std::vector<std::string> variables = environment();
    pid_t child = 0;
    const int problem = ::posix_spawn(&child, words.front().c_str(), actions.get(), nullptr,
                                      pointers(own_words).data(), pointers(variables).data());
    if (problem != 0) return std::unexpected(failure(words.front(), "cannot be started"));
    auto ended = wait_for(child, words.front(), out, longest_pause);
    if (!ended) return std::unexpected(ended.error());
    return out.contents();
}

}  // namespace symline::verify
