#include "base/threads.h"

#include <doctest/doctest.h>
#include <atomic>

using namespace symline;

TEST_CASE("each thread has its number, and all have ended when the threads are gone") {
    std::atomic<unsigned> seen = 0;
    {
        const auto threads =
            base::start_threads(4, [&](std::size_t number) { seen |= 1U << number; });
    }
    CHECK(seen == 0b1111);
    CHECK(base::start_threads(0, [](std::size_t) {}).empty());
}
