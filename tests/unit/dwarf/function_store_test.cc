// Functions of units, learned by one reader and known to the others.
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "dwarf/function_store.h"

using namespace symline::dwarf;

TEST_CASE("a unit is scanned once for as long as a reader has its functions") {
    FunctionStore store;
    int scans = 0;
    const auto ask = [&](std::uint64_t offset, ScanDepth depth) {
        return store.get(offset, depth, [&] { return ++scans, FunctionIndex{}; });
    };
    auto first = ask(0x10, ScanDepth::shallow);
    CHECK(ask(0x10, ScanDepth::shallow) == first);
    CHECK(scans == 1);
    const auto full = ask(0x10, ScanDepth::full);
    const auto other = ask(0x20, ScanDepth::shallow);
    CHECK(full != first);
    CHECK(other != first);
    CHECK(scans == 3);
    first.reset();
    first = ask(0x10, ScanDepth::shallow);
    CHECK(scans == 4);
}

TEST_CASE("threads that ask for a unit at the same time have it scanned once") {
    FunctionStore store;
    std::atomic<int> scans = 0;
    std::vector<std::shared_ptr<const FunctionIndex>> known(4);
    {
        std::vector<std::jthread> threads;
        for (auto& each : known) {
            threads.emplace_back([&] {
                each = store.get(0, ScanDepth::shallow, [&] { return ++scans, FunctionIndex{}; });
            });
        }
    }
    CHECK(scans == 1);
    for (const auto& each : known) CHECK(each == known.front());
}
