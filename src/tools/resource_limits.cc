#include "tools/resource_limits.h"

#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstring>
#include <new>

#include "tools/index_options.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define SYMLINE_SHADOW_MEMORY
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SYMLINE_SHADOW_MEMORY
#endif

namespace symline::tools {
namespace {

#ifdef SYMLINE_SHADOW_MEMORY
constexpr bool kShadowMemory = true;  // sanitizers map terabytes
#else
constexpr bool kShadowMemory = false;
#endif

// Written before the limits are set, read where nothing can be allocated.
std::string out_of_time;
std::string out_of_memory;

[[noreturn]] void end_with(const std::string& line) {
    // What can be done about a failure to write?
    if (::write(STDERR_FILENO, line.data(), line.size()) < 0) ::_exit(1);
    ::_exit(1);
}

extern "C" void on_time_limit(int) {
    end_with(out_of_time);
}

void on_memory_limit() {
    end_with(out_of_memory);
}

/// Whether no limit that low holds.
bool is_higher(__rlimit_resource_t resource, rlim_t value) {
    rlimit limit{};
    return ::getrlimit(resource, &limit) == 0 && limit.rlim_cur > value;
}

/// False where a lower limit holds.
bool lower(__rlimit_resource_t resource, rlim_t value) {
    rlimit limit{};
    if (!is_higher(resource, value) || ::getrlimit(resource, &limit) != 0) return false;
    limit.rlim_cur = std::min(value, limit.rlim_max);
    return ::setrlimit(resource, &limit) == 0;
}

std::uint64_t half_of_memory() {
    const auto pages = ::sysconf(_SC_PHYS_PAGES);
    const auto size = ::sysconf(_SC_PAGESIZE);
    if (pages <= 0 || size <= 0) return 0;
    return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size) / 2;
}

void limit_time(std::uint64_t seconds, const std::string& program) {
    if (seconds == 0) return;
    out_of_time = program + ": stopped after " + std::to_string(seconds) +
                  " s of processor time: --limit-time=SECONDS allows more\n";
    struct sigaction action{};
    action.sa_handler = on_time_limit;
    ::sigaction(SIGXCPU, &action, nullptr);
    lower(RLIMIT_CPU, seconds);
}

void limit_memory(std::uint64_t bytes, const std::string& program) {
    if (bytes == 0 || kShadowMemory) return;
    out_of_memory = program + ": stopped: it would need more than " + std::to_string(bytes >> 20) +
                    " MB of memory: --limit-memory=SIZE allows more\n";
    // What is mapped from files does not count: the system can drop it.
    const bool set = lower(RLIMIT_DATA, bytes);
    // Where `ulimit -v` comes first, our option would help nobody.
    if (set && is_higher(RLIMIT_AS, bytes)) std::set_new_handler(on_memory_limit);
}

}  // namespace

void add_limit_options(CLI::App& app, ResourceLimits& limits) {
    const std::string time = limits.seconds == 0 ? "no limit" : std::to_string(limits.seconds);
    app.add_option(
           "--limit-time", limits.seconds,
           "stop after so many seconds of processor time; 0: never (" + time + " if not given)")
        ->type_name("SECONDS");
    app.add_option("--limit-memory", limits.memory,
                   "stop rather than take more memory, in bytes or as 500M, 2G (half of the "
                   "machine's if not given)")
        ->type_name("SIZE")
        ->check([](const std::string& text) {
            return parse_size(text) ? std::string() : "not a size: " + text;
        });
}

void apply(const ResourceLimits& limits, const Diagnostics& diagnostics) {
    const std::string& program = diagnostics.program();
    limit_time(limits.seconds, program);
    limit_memory(parse_size(limits.memory).value_or(half_of_memory()), program);
}

}  // namespace symline::tools
