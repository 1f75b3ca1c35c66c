#include "output/signal_words.h"

#include <doctest/doctest.h>

using namespace symline::output;

TEST_CASE("names of signals and of their codes") {
    CHECK(signal_name(11) == "SIGSEGV");
    CHECK(signal_name(31) == "SIGSYS");
    CHECK(signal_name(34) == "signal 34");
    CHECK(signal_name(-1) == "signal -1");
    CHECK(signal_code_name(11, 1) == "SEGV_MAPERR");
    CHECK(signal_code_name(7, 1) == "BUS_ADRALN");
    CHECK(signal_code_name(6, -6) == "SI_TKILL");
    CHECK(signal_code_name(11, 0) == "SI_USER");
    CHECK(signal_code_name(5, 128) == "SI_KERNEL");
    CHECK(signal_code_name(6, 1).empty());
    CHECK(signal_code_words(8, 1) == "integer division by zero");
    CHECK(signal_code_words(11, 128) == "not a canonical address, or another fault without one");
    // Of other signals the kernel's code says nothing.
    CHECK(signal_code_words(5, 128).empty());
    CHECK(signal_code_words(6, -6).empty());
}
