// Threads, where the system gives some.
#pragma once

#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

namespace symline::base {

/// Starts `count` threads, each of which calls `work(0)`, `work(1)` and so on, or fewer where a
/// limit allows no more: none may be there, and the caller has to do the work that is left. The
/// threads are joined when the answer goes.
template <typename Work>
std::vector<std::jthread> start_threads(std::size_t count, const Work& work) {
    std::vector<std::jthread> threads;
    threads.reserve(count);
    for (std::size_t number = 0; number < count; ++number) {
        try {
            threads.emplace_back([work, number] { work(number); });
        } catch (const std::system_error&) {
            break;
        }
    }
    return threads;
}

}  // namespace symline::base
