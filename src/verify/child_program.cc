#include "verify/child_program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
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
    std::string contents() const {
        struct stat status{};
        if (::fstat(file_, &status) != 0) return {};
        std::string text(static_cast<std::size_t>(status.st_size), '\0');
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

Expected<void> wait_for(pid_t child, const std::string& program) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return std::unexpected(failure(program, "its end cannot be seen"));
    }
    if (!WIFSIGNALED(status)) return {};
    return std::unexpected(failure(program, "ended by signal " + std::to_string(WTERMSIG(status))));
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

Expected<std::string> run_program(const std::vector<std::string>& words, std::string_view input) {
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
    if (auto ended = wait_for(child, words.front()); !ended) return std::unexpected(ended.error());
    return out.contents();
}

}  // namespace symline::verify
