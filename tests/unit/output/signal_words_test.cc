#include "output/signal_words.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "elf/constants.h"

using namespace symline::output;
using symline::elf::kMips;
using symline::elf::kX86_64;

TEST_CASE("names of signals and of their codes") {
    CHECK(signal_name(11, kX86_64) == "SIGSEGV");
    CHECK(signal_name(31, kX86_64) == "SIGSYS");
    CHECK(signal_name(34, kX86_64) == "signal 34");
    CHECK(signal_name(-1, kX86_64) == "signal -1");
    CHECK(signal_code_name(11, 1, kX86_64) == "SEGV_MAPERR");
    CHECK(signal_code_name(7, 1, kX86_64) == "BUS_ADRALN");
    CHECK(signal_code_name(6, -6, kX86_64) == "SI_TKILL");
    CHECK(signal_code_name(11, 0, kX86_64) == "SI_USER");
    CHECK(signal_code_name(5, 128, kX86_64) == "SI_KERNEL");
    CHECK(signal_code_name(6, 1, kX86_64).empty());
    CHECK(signal_code_words(8, 1, kX86_64) == "integer division by zero");
    CHECK(signal_code_words(11, 128, kX86_64) ==
          "not a canonical address, or another fault without one");
    // Of other signals the kernel's code says nothing.
    CHECK(signal_code_words(5, 128, kX86_64).empty());
    CHECK(signal_code_words(6, -6, kX86_64).empty());
}

TEST_CASE("MIPS numbers signals in its own way") {
    CHECK(signal_name(10, kMips) == "SIGBUS");
    CHECK(signal_name(7, kMips) == "SIGEMT");
    CHECK(signal_name(16, kMips) == "SIGUSR1");
    CHECK(signal_name(31, kMips) == "SIGXFSZ");
    CHECK(signal_name(32, kMips) == "signal 32");
    CHECK(signal_code_words(10, 1, kMips) == "misaligned address");
    CHECK(signal_code_name(12, 1, kMips) == "SYS_SECCOMP");
    CHECK(signal_code_name(14, -3, kMips) == "SI_TIMER");
    CHECK(signal_code_name(14, -2, kMips) == "SI_ASYNCIO");
    CHECK(signal_code_name(14, -4, kMips) == "SI_MESGQ");
    // Each other signal has one number there.
    std::set<std::string> names;
    for (int signal = 1; signal < 32; ++signal) names.insert(signal_name(signal, kMips));
    CHECK(names.size() == 31);
}
