#include "tools/fetch_session.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>

#include "output/terminal_text.h"

namespace symline::tools {
namespace {

/// The signal that came during a download.
std::atomic<int> caught_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "set by a signal handler");

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};
std::array<struct sigaction, kSignals.size()> actions_before;

void remember_signal(int number) {
    caught_signal = number;
}

/// A second one, while the download ends, has its usual effect.
void catch_signals() {
    struct sigaction action{};
    action.sa_handler = remember_signal;
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        ::sigaction(kSignals[i], nullptr, &actions_before[i]);
        // One that is ignored (nohup) stays so.
        if (actions_before[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
    }
}

void release_signals() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        ::sigaction(kSignals[i], &actions_before[i], nullptr);
    }
}

std::string joined(std::span<const std::string> words) {
    std::string text;
    for (const std::string& word : words) (text += text.empty() ? "" : " ") += word;
    return text;
}

}  // namespace

std::optional<FetchPolicy> parse_fetch_policy(std::string_view word) {
    if (word == "auto") return FetchPolicy::automatic;
    if (word == "ask") return FetchPolicy::ask;
    if (word == "never") return FetchPolicy::never;
    return std::nullopt;
}

FetchSession::FetchSession(FetchChoice choice, Diagnostics& diagnostics)
    : choice_(choice), diagnostics_(diagnostics), line_(diagnostics.program()) {}

FetchSession::~FetchSession() {
    if (catching_) release_signals();
}

FetchOptions FetchSession::options() {
    FetchOptions options;
    options.policy = choice_.policy;
    options.ask = [this](std::span<const std::string> servers) { return ask(servers); };
    options.contacting = [this](std::span<const std::string> servers) { contacting(servers); };
    options.say = [this](std::string_view line) { say(line); };
    options.log = [this](std::string_view line) { log(line); };
    options.progress = [this](const FetchProgress& each) { progress(each); };
    options.cancelled = &caught_signal;
    return options;
}

int FetchSession::exit_status(int status) const {
    const int number = caught_signal;
    return number == 0 ? status : 128 + number;
}

/// On the terminal itself: standard input may be the log, standard error a file.
bool FetchSession::ask(std::span<const std::string> servers) {
    const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal < 0) return false;
    const std::string question =
        output::visible(diagnostics_.program() + ": fetch debug files from " + joined(servers)) +
        "? [y/N] ";
    std::array<char, 64> answer{};
    const bool asked = ::write(terminal, question.data(), question.size()) > 0;
    const auto size = asked ? ::read(terminal, answer.data(), answer.size()) : 0;
    ::close(terminal);
    return size > 0 && (answer[0] == 'y' || answer[0] == 'Y');
}

void FetchSession::contacting(std::span<const std::string> servers) {
    if (!choice_.quiet) say("debuginfod: asking " + joined(servers));
}

void FetchSession::say(std::string_view line) {
    line_.clear();
    diagnostics_.say_once(line);
}

void FetchSession::log(std::string_view line) {
    line_.clear();
    Diagnostics({}).say(line);
}

void FetchSession::progress(const FetchProgress& progress) {
    if (!catching_) {
        catching_ = true;
        catch_signals();
    }
    if (!choice_.quiet) line_.show(progress);
    if (!progress.ended) return;
    catching_ = false;
    release_signals();
}

}  // namespace symline::tools
