// launcher SECONDS INPUT OUTPUT PROGRAM [ARGUMENT...]
//
// Runs a program and prints what it cost: exit status (-1: ended after SECONDS), user, system and
// wall seconds, peak memory in kB, blocks of 512 bytes read from disk. It is a program of its own
// for what the parent of a process holds in memory counts into the peak of that process, and Python
// holds more than what is measured.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace {

volatile pid_t child = 0;
volatile std::sig_atomic_t late = 0;

void end_child(int) {
    late = 1;
    kill(child, SIGKILL);
}

void replace(int target, const char* path, int flags) {
    int file = open(path, flags, 0644);
    if (file < 0) _exit(126);
    dup2(file, target);
    close(file);
}

[[noreturn]] void become(char** arguments) {
    replace(0, arguments[2], O_RDONLY);
    replace(1, arguments[3], O_WRONLY | O_CREAT | O_TRUNC);
    replace(2, "/dev/null", O_WRONLY);
    execvp(arguments[4], arguments + 4);
    _exit(127);
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 5) return 2;
    using Clock = std::chrono::steady_clock;
    auto start = Clock::now();
    child = fork();
    if (child < 0) return 1;
    if (child == 0) become(arguments);
    if (std::signal(SIGALRM, end_child) == SIG_ERR) return 1;
    alarm(static_cast<unsigned>(std::strtoul(arguments[1], nullptr, 10)));
    int status = 0;
    rusage usage{};
    while (wait4(child, &status, 0, &usage) < 0) {
    }
    std::chrono::duration<double> wall = Clock::now() - start;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    std::printf("%d %.6f %.6f %.6f %ld %ld\n", late ? -1 : code, seconds(usage.ru_utime),
                seconds(usage.ru_stime), wall.count(), usage.ru_maxrss, usage.ru_inblock);
}
