#include "tools/faults.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>

#include "output/terminal_text.h"

namespace symline::tools {
namespace {

// What follows is called when there is no memory, or in a handler of signals: nothing is allocated,
// and only what signal-safety(7) lists is called.

/// A line of the program, as long as paths of PATH_MAX bytes need.
constexpr std::size_t kMaxLine = 4600;

/// "PROGRAM: ", where control characters have been made visible.
std::array<char, 256> beginning{};
std::size_t beginning_size = 0;

class Line {
public:
    void add(std::string_view text) {
        const std::size_t count = std::min(text.size(), text_.size() - size_);
        std::copy_n(text.begin(), count, text_.begin() + static_cast<std::ptrdiff_t>(size_));
        size_ += count;
    }
    std::string_view text() const { return {text_.data(), size_}; }
    void clear() { size_ = 0; }

private:
    std::array<char, kMaxLine> text_;
    std::size_t size_ = 0;
};

[[noreturn]] void end(Line& line) {
    line.add("\n");
    [[maybe_unused]] const auto written =
        ::write(STDERR_FILENO, line.text().data(), line.text().size());
    ::_exit(1);
}

[[noreturn]] void out_of_memory() {
    Line line;
    line.add({beginning.data(), beginning_size});
    line.add("out of memory");
    end(line);
}

/// Static objects allocate before main() is called.
[[gnu::constructor(101)]] void before_static_objects() {
    std::set_new_handler(out_of_memory);
}

/// The number at the front of a text.
std::uintptr_t hexadecimal(std::string_view text) {
    std::uintptr_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return value;
}

/// Of a line of /proc/PID/maps (proc(5)), "LOW-HIGH rwxp OFFSET DEVICE INODE   PATH", the path if
/// the address is in the range; empty where it is not.
std::string_view path_at(std::string_view line, std::uintptr_t address) {
    const auto dash = line.find('-');
    if (dash == std::string_view::npos) return {};
    if (address < hexadecimal(line) || address >= hexadecimal(line.substr(dash + 1))) return {};
    const auto slash = line.find('/');
    return slash == std::string_view::npos ? std::string_view() : line.substr(slash);
}

/// The control characters of a name, and all else that is not ASCII, as "?".
void add_printable(Line& to, std::string_view text) {
    for (const char c : text) to.add({c >= ' ' && c <= '~' ? &c : "?", 1});
}

/// Adds the path of the file that is mapped at an address.
void add_mapped_path(Line& to, std::uintptr_t address) {
    const int maps = ::open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    std::array<char, 4096> block;
    Line line;
    for (ssize_t count = 0; (count = ::read(maps, block.data(), block.size())) > 0;) {
        for (const char c : std::string_view(block.data(), static_cast<std::size_t>(count))) {
            if (c != '\n') {
                line.add({&c, 1});
                continue;
            }
            const auto path = path_at(line.text(), address);
            if (!path.empty()) return add_printable(to, path);
            line.clear();
        }
    }
    to.add("a file");
}

/// A page of a mapped file is beyond its end.
void cut_short(int, siginfo_t* info, void*) {
    if (info->si_code != BUS_ADRERR) {
        static_cast<void>(std::signal(SIGBUS, SIG_DFL));
        return;  // and it occurs again
    }
    Line line;
    line.add({beginning.data(), beginning_size});
    line.add("'");
    add_mapped_path(line, reinterpret_cast<std::uintptr_t>(info->si_addr));
    line.add("': cut short while it was read");
    end(line);
}

void set_beginning(const std::string& program) {
    const std::string text = output::visible(program) + ": ";
    beginning_size = std::min(text.size(), beginning.size());
    std::copy_n(text.begin(), beginning_size, beginning.begin());
}

/// A file that took the number of a closed stream would be read as input, or written to. What is
/// opened in its place fails with EBADF, as the closed stream would: it is open the other way.
void keep_closed_streams() {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(stream, F_GETFD) >= 0) continue;
        // The lowest number that is free is this one.
        [[maybe_unused]] const int opened =
            ::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

}  // namespace

void prepare_for_faults(const std::string& program) {
    set_beginning(program);
    keep_closed_streams();
    // None of these can fail: the signals and the handlers are constants that exist.
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
    static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
    struct sigaction action{};
    action.sa_sigaction = cut_short;
    action.sa_flags = SA_SIGINFO;
    ::sigaction(SIGBUS, &action, nullptr);
}

}  // namespace symline::tools
