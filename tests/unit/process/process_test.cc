#include "symline/process.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>

using namespace symline;

namespace {

/// A copy of this process that waits until the test has looked at it.
class WaitingChild {
public:
    WaitingChild() : pid_(::fork()) {
        if (pid_ != 0) return;
        for (;;) ::pause();
    }
    WaitingChild(const WaitingChild&) = delete;
    WaitingChild& operator=(const WaitingChild&) = delete;
    ~WaitingChild() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    int pid() const { return pid_; }

private:
    pid_t pid_;
};

}  // namespace

TEST_CASE("a process that is not there") {
    const auto process = Process::open(0x7ffffff0);
    REQUIRE_FALSE(process);
    CHECK(process.error().code == ErrorCode::not_found);
}

TEST_CASE("a living process is looked at without stopping it") {
    auto self = Process::open(::getpid());
    REQUIRE(self);
    CHECK(self->facts().pid == ::getpid());
    CHECK(self->facts().program.ends_with("symline_unit"));
    CHECK_FALSE(self->facts().command_line.empty());
    CHECK_FALSE(self->thread_ids().empty());
    CHECK(self->address_size() == sizeof(void*));
    std::uint64_t value = 0x5eed;
    std::array<std::uint8_t, sizeof value> bytes{};
    CHECK(self->read({reinterpret_cast<std::uint64_t>(&value)}, bytes));
    CHECK(std::memcmp(bytes.data(), &value, sizeof value) == 0);
}

TEST_CASE("the stacks of a living process") {
    const WaitingChild child;
    REQUIRE(child.pid() > 0);
    auto process = Process::open(child.pid());
    REQUIRE(process);
    const auto threads = process->threads();
    if (!threads) {
        // Containers may forbid it.
        CHECK(threads.error().code == ErrorCode::unreadable);
        CHECK(threads.error().message.starts_with("it cannot be stopped: "));
        return;
    }
    REQUIRE(threads->size() == 1);
    const StackTrace& trace = threads->front();
    CHECK(trace.tid == child.pid());
    CHECK(trace.name == "symline_unit");
    CHECK_FALSE(trace.crashing);
    CHECK(trace.frames.size() > 3);
    // It runs on, and is caught again.
    CHECK(process->threads()->size() == 1);
}
