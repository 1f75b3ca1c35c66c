// Debug files, programs and sources from debuginfod servers: what may be fetched, and what the
// caller hears about it.
//
//     symline::DebugFileOptions options;
//     options.fetch.policy = symline::FetchPolicy::automatic;
//     options.fetch.say = [](std::string_view line) { std::cerr << line << '\n'; };
//
// The servers are those of DEBUGINFOD_URLS, the files go to the cache that all debuginfod clients
// of a user share, and the other variables of debuginfod(7) are respected. The callbacks are called
// by the thread that asked for a file.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "symline/build_id.h"

namespace symline {

enum class FetchPolicy {
    automatic,  ///< whenever there are servers, and there are some when DEBUGINFOD_URLS is set
    ask,        ///< as automatic, once FetchOptions::ask has agreed
    never,      ///< only what is in the cache
};

enum class FetchKind { debug_file, code_file, source_file };

struct FetchRequest {
    FetchKind kind = FetchKind::debug_file;
    BuildId build_id;
    std::string path;  ///< of a source file: the absolute path in the debug information
};

/// A file that is being fetched.
struct FetchedFile {
    /// "linux-image-6.1.0-dbg/vmlinux" where the server says it, else the build id.
    std::string name;
    std::string server;                           ///< the one that is asked
    std::uint64_t bytes = 0;                      ///< received so far
    std::uint64_t size = 0;                       ///< in total; 0: the server does not say
    std::chrono::steady_clock::time_point begun;  ///< the first byte, or before it the request
};

struct FetchProgress {
    std::span<const FetchedFile> files;  ///< those being fetched
    std::size_t done = 0;                ///< of `count`: fetched or given up
    std::size_t count = 0;               ///< how many files were asked for together
    bool ended = false;                  ///< the last report of these files
};

// NOLINTBEGIN(readability-redundant-member-init): without {} g++'s -Wextra wants every member
// named.

struct FetchOptions {
    FetchPolicy policy = FetchPolicy::never;
    /// May files be fetched from these servers? Asked once, with FetchPolicy::ask only; without
    /// this function the answer is no.
    std::function<bool(std::span<const std::string> servers)> ask{};
    /// These servers are about to be asked. Called once.
    std::function<void(std::span<const std::string> servers)> contacting{};
    /// One line for people: a server that is given up, and why.
    std::function<void(std::string_view line)> say{};
    /// One line of libdebuginfod's log, where DEBUGINFOD_VERBOSE is set.
    std::function<void(std::string_view line)> log{};
    /// Called when fetching starts, then ten times a second.
    std::function<void(const FetchProgress&)> progress{};
    /// Once it is not 0, transfers stop, and nothing more is fetched.
    const std::atomic<int>* cancelled = nullptr;
};

// NOLINTEND(readability-redundant-member-init)

}  // namespace symline
