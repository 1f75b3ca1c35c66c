// Prints every thread of a core, or of a living process, with its frames.
//
//     every_thread CORE|PID [PROGRAM]
#include <symline/core_dump.h>
#include <symline/demangle.h>

#include <cstdio>
#include <string>

namespace {

symline::Expected<symline::Process> open(const std::string& what, const std::string& program) {
    const symline::ProcessOptions options{.program = program};
    if (what.find_first_not_of("0123456789") == std::string::npos) {
        return symline::Process::open(std::stoi(what), options);
    }
    return symline::CoreDump::open(what, options);
}

void print(const symline::StackFrame& frame, const symline::ResolvedAddress& place) {
    std::printf("  %#llx %s+%#llx\n", static_cast<unsigned long long>(frame.pc.address.value),
                place.module_name.empty() ? "?" : place.module_name.c_str(),
                static_cast<unsigned long long>(place.offset));
    if (place.lookup.miss) {
        std::printf("    ?? (%s)\n", std::string(describe(*place.lookup.miss)).c_str());
    }
    // The innermost function first; the others are those that it was inlined into.
    for (const symline::Frame& each : place.lookup.frames) {
        std::printf("    %s at %s:%u%s\n", symline::demangle(each.linkage_or_name()).c_str(),
                    std::string(each.location.file).c_str(), each.location.line,
                    each.inlined ? " (inlined)" : "");
    }
}

int fail(const char* what, const symline::Error& error) {
    std::fprintf(stderr, "%s: %s\n", what, error.message.c_str());
    return 1;
}

}  // namespace

int main(int count, char** words) {
    if (count < 2) {
        std::fprintf(stderr, "usage: every_thread CORE|PID [PROGRAM]\n");
        return 2;
    }
    auto process = open(words[1], count > 2 ? words[2] : "");
    if (!process) return fail(words[1], process.error());
    const auto threads = process->threads();
    if (!threads) return fail(words[1], threads.error());
    process->prefetch(*threads);
    for (const symline::StackTrace& thread : *threads) {
        std::printf("thread %d%s\n", thread.tid, thread.crashing ? " (crashed)" : "");
        for (const symline::StackFrame& frame : thread.frames) {
            print(frame, process->resolve(frame.pc));
        }
        if (!thread.stopped.empty()) std::printf("  stopped: %s\n", thread.stopped.c_str());
    }
    for (const std::string& each : process->problems()) std::printf("note: %s\n", each.c_str());
}
