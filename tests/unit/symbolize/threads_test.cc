// One Module that several threads use at the same time: the answers of one thread.
#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "support/files.h"
#include "support/lookup_text.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

constexpr unsigned kThreads = 8;
constexpr std::size_t kLookups = 100'000;

void on_threads(const std::function<void(unsigned)>& work) {
    std::vector<std::jthread> threads;
    for (unsigned number = 0; number < kThreads; ++number) threads.emplace_back(work, number);
}

/// What one thread is told, and the addresses it asked for.
struct Expectation {
    std::vector<FileAddress> addresses;
    std::vector<std::string> texts;
};

Expectation expectation(const Module& module) {
    Expectation expected;
    const Section& text = *module.sections().named(".text");
    for (std::uint64_t offset = 0; offset < text.size; ++offset) {
        expected.addresses.push_back({text.address.value + offset});
        expected.texts.push_back(text_of(module.lookup(expected.addresses.back())));
    }
    return expected;
}

/// How many of the answers differ that one half of the threads gets from the Module, the other half
/// from readers.
std::size_t differences(const Expectation& expected, const Module& module) {
    std::atomic<std::size_t> wrong = 0;
    on_threads([&](unsigned number) {
        ModuleReader reader = module.reader();
        for (std::size_t i = 0; i < kLookups / kThreads; ++i) {
            // Each thread begins elsewhere and goes on in steps of its own.
            const std::size_t which = (number * 997 + i * (2 * number + 1)) % expected.texts.size();
            const FileAddress address = expected.addresses[which];
            const auto answer = number % 2 == 0 ? module.lookup(address) : reader.lookup(address);
            if (text_of(answer) != expected.texts[which]) ++wrong;
        }
    });
    return wrong;
}

Module open(const char* name) {
    auto module = Module::open(fixture(name));
    REQUIRE(module);
    return std::move(*module);
}

}  // namespace

TEST_SUITE_BEGIN("threads");

TEST_CASE("8 threads, one Module, 100,000 lookups") {
    for (const char* name :
         {"cxx-gcc-dwarf5", "cxx-dwz-alt", "mini-module.ko", "split/c-gcc-dwarf5-split"}) {
        CAPTURE(name);
        const Expectation expected = expectation(open(name));
        CHECK(differences(expected, open(name)) == 0);
    }
}

TEST_CASE("8 threads in a damaged file: each is answered, and the damage is told") {
    const Module module = open("bad/flipped-debug-info");
    const Expectation expected = expectation(open("bad/flipped-debug-info"));
    // What a question's answer is may depend on those before.
    CHECK(differences(expected, module) < kLookups);
    CHECK_FALSE(module.damage().empty());
}

TEST_CASE("8 threads, one Module that is answered from its index") {
    const TemporaryFolder folder;
    REQUIRE(open("cxx-gcc-dwarf5").index().write(folder.root()));
    DebugFileOptions places;
    places.index = IndexUse::require;
    places.index_directory = folder.root();
    ModuleOptions options;
    options.debug_files = std::make_shared<DebugFiles>(places);
    const auto module = Module::open(fixture("cxx-gcc-dwarf5"), options);
    REQUIRE(module);
    CHECK(differences(expectation(open("cxx-gcc-dwarf5")), *module) == 0);
}

TEST_CASE("8 threads of which each asks one Module for something else") {
    const Module module = open("cxx-gcc-dwarf5");
    const Module other = open("cxx-gcc-dwarf5");
    const Expectation expected = expectation(other);
    const auto symbols = other.symbols().all();
    REQUIRE(symbols);
    std::atomic<std::size_t> wrong = 0;
    on_threads([&](unsigned number) {
        for (std::size_t i = 0; i < 200; ++i) {
            const Symbol& symbol = (*symbols)[(number + i * 7) % symbols->size()];
            switch (number) {
                case 0: wrong += module.symbols().all()->size() == symbols->size() ? 0 : 1; break;
                case 1: wrong += module.files().debug_path() == module.path() ? 0 : 1; break;
                case 2: wrong += module.damage().empty() ? 0 : 1; break;
                case 3: wrong += module.index().path().empty() ? 0 : 1; break;
                case 4: wrong += module.symbols().at(symbol.address) ? 0 : 1; break;
                case 5: wrong += module.symbols().kallsyms_size(symbol) ? 0 : 1; break;
                case 6: wrong += module.symbols().named(symbol.name) ? 0 : 1; break;
                default:
                    for (const auto& answer : module.lookup_all(expected.addresses)) {
                        wrong += answer ? 0 : 1;
                    }
            }
        }
    });
    CHECK(wrong == 0);
}

TEST_CASE("batches of several threads in one Module") {
    const Module module = open("cxx-gcc-dwarf5");
    const Expectation expected = expectation(open("cxx-gcc-dwarf5"));
    std::atomic<std::size_t> wrong = 0;
    on_threads([&](unsigned) {
        const auto answers = module.lookup_all(expected.addresses, Detail::frames, 2);
        for (std::size_t i = 0; i < answers.size(); ++i) {
            wrong += text_of(answers[i]) == expected.texts[i] ? 0 : 1;
        }
    });
    CHECK(wrong == 0);
}

TEST_CASE("answers of a reader outlive it") {
    const Module module = open("cxx-gcc-dwarf5");
    const Expectation expected = expectation(module);
    std::vector<Expected<Lookup>> answers;
    for (int round = 0; round < 3; ++round) {
        ModuleReader first = module.reader();
        ModuleReader second = module.reader();
        first = std::move(second);
        for (const FileAddress address : expected.addresses) {
            answers.push_back(first.lookup(address));
        }
    }
    std::size_t same = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        same += text_of(answers[i]) == expected.texts[i % expected.texts.size()] ? 1 : 0;
    }
    CHECK(same == answers.size());
}

TEST_SUITE_END();
