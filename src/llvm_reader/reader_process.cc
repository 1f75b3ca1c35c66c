#include "llvm_reader/reader_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "llvm_reader/messages.h"

namespace symline::llvm_reader {
namespace {

/// For one answer. The process limits its own processor time to less; this is for one that waits.
constexpr std::chrono::seconds kAnswerTime{60};

constexpr int kRequests = 0;  ///< the child's descriptor

using Clock = std::chrono::steady_clock;

enum class Received { all, ended, late };

/// Fills `to` with what arrives until `deadline`.
Received receive(int socket, std::span<std::uint8_t> to, Clock::time_point deadline) {
    while (!to.empty()) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) return Received::late;
        pollfd wanted{.fd = socket, .events = POLLIN, .revents = 0};
        if (::poll(&wanted, 1, static_cast<int>(left)) == 0) return Received::late;
        const auto count = ::recv(socket, to.data(), to.size(), MSG_DONTWAIT);
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (count <= 0) return Received::ended;
        to = to.subspan(static_cast<std::size_t>(count));
    }
    return Received::all;
}

/// Actions of posix_spawn: the socket is descriptor 0, the others lead nowhere.
class SpawnActions {
public:
    explicit SpawnActions(int socket) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_adddup2(&actions_, socket, kRequests);
        for (const int words : {1, 2}) {
            ::posix_spawn_file_actions_addopen(&actions_, words, "/dev/null", O_WRONLY, 0);
        }
    }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;
    ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }

    const posix_spawn_file_actions_t* get() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

Error not_started(const std::string& program, int reason) {
    const bool missing = reason == ENOENT;
    return {missing ? ErrorCode::not_found : ErrorCode::unreadable, program,
            "LLVM's reader cannot be started: " + std::string(std::strerror(reason))};
}

/// `status` as waitpid() gives it.
Error error_of(int status) {
    if (!WIFSIGNALED(status)) {
        if (WEXITSTATUS(status) == kOutOfMemory)
            return {ErrorCode::malformed, {}, "LLVM's reader ran out of memory"};
        const std::string code = std::to_string(WEXITSTATUS(status));
        return {ErrorCode::malformed, {}, "LLVM's reader ended with exit status " + code};
    }
    const int signal = WTERMSIG(status);
    if (signal == SIGXCPU) return {ErrorCode::unsupported, {}, "LLVM's reader needs too much time"};
    return {ErrorCode::malformed,
            {},
            "LLVM's reader ended by signal " + std::to_string(signal) + " (" + ::strsignal(signal) +
                ")"};
}

}  // namespace

Expected<ReaderProcess> ReaderProcess::start(const std::string& program) {
    std::array<int, 2> sockets{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()) != 0) {
        return std::unexpected(not_started(program, errno));
    }
    std::string name = program;
    std::array<char*, 2> words{name.data(), nullptr};
    pid_t process = 0;
    const SpawnActions actions(sockets[1]);
    const int failed =
        ::posix_spawn(&process, program.c_str(), actions.get(), nullptr, words.data(), environ);
    ::close(sockets[1]);
    if (failed != 0) {
        ::close(sockets[0]);
        return std::unexpected(not_started(program, failed));
    }
    return ReaderProcess(process, sockets[0]);
}

ReaderProcess::ReaderProcess(ReaderProcess&& other) noexcept
    : process_(std::exchange(other.process_, 0)), socket_(std::exchange(other.socket_, -1)) {}

ReaderProcess& ReaderProcess::operator=(ReaderProcess&& other) noexcept {
    std::swap(process_, other.process_);
    std::swap(socket_, other.socket_);
    return *this;
}

ReaderProcess::~ReaderProcess() {
    if (socket_ >= 0) ::close(socket_);
    if (process_ == 0) return;
    ::kill(process_, SIGKILL);
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

bool ReaderProcess::send(const std::string& message) const {
    std::string_view left = message;
    while (!left.empty()) {
        const auto count = ::send(socket_, left.data(), left.size(), MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        left.remove_prefix(static_cast<std::size_t>(count));
    }
    return !message.empty();
}

Answer ReaderProcess::ask(const std::string& message) {
    if (process_ == 0 || !send(message)) return std::unexpected(ended());
    const auto deadline = Clock::now() + kAnswerTime;
    std::array<std::uint8_t, 4> size_bytes{};
    auto received = receive(socket_, size_bytes, deadline);
    std::vector<std::uint8_t> answer;
    if (received == Received::all) {
        const auto size = base::load<std::uint32_t>(size_bytes.data(), false);
        if (size > kMaxMessageSize) return std::unexpected(ended());
        answer.resize(size);
        received = receive(socket_, answer, deadline);
    }
    if (received == Received::all) return answer;
    if (received == Received::ended) return std::unexpected(ended());
    ended();
    return std::unexpected(
        Error{ErrorCode::unsupported,
              {},
              "LLVM's reader gave no answer within " + std::to_string(kAnswerTime.count()) + " s"});
}

/// Ends the process. One that ended by itself keeps its status: it was settled before its socket
/// was closed.
Error ReaderProcess::ended() {
    if (process_ == 0) return {ErrorCode::malformed, {}, "LLVM's reader has ended"};
    int status = 0;
    ::kill(process_, SIGKILL);
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = 0;
    return error_of(status);
}

}  // namespace symline::llvm_reader
