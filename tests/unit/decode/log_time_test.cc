#include "decode/log_time.h"

#include <doctest/doctest.h>

#include <string>

using symline::decode::log_time;

TEST_CASE("log time: of day, as loggers write it") {
    CHECK(log_time("2026-11-27T19:40:05.123456+00:00 host kernel: ") ==
          "2026-11-27T19:40:05.123456+00:00");
    CHECK(log_time("2026-11-27T19:40:05,123456+0000 ") == "2026-11-27T19:40:05,123456+0000");
    CHECK(log_time("2026-11-27T19:40:05Z ") == "2026-11-27T19:40:05Z");
    CHECK(log_time("Fri 2026-11-27 19:40:05 UTC host kernel: ") == "2026-11-27 19:40:05 UTC");
    CHECK(log_time("Nov 27 19:40:05 host kernel: [   15.123456] ") == "Nov 27 19:40:05");
    CHECK(log_time("Jun  8 20:37:40.123456 host kernel: ") == "Jun  8 20:37:40.123456");
    CHECK(log_time("[Fri Nov 27 19:40:05 2026] ") == "Nov 27 19:40:05 2026");
    CHECK(log_time("> > Nov 27 19:40:05 h kernel: ") == "Nov 27 19:40:05");
}

TEST_CASE("log time: printk's, where nothing else is there") {
    CHECK(log_time("[   15.123456] ") == "15.123456");
    CHECK(log_time("<4>[12345.678901][ T123] ") == "12345.678901");
    CHECK(log_time("[   15.123456@3] ") == "15.123456");
    CHECK(log_time("[c4] [    2.5] ") == "2.5");
}

TEST_CASE("log time: a tracer's") {
    CHECK(log_time("            bash-1234    [001] d..1.  4567.123456: ") == "4567.123456");
    CHECK(log_time("swapper     0 [000]   100.250000: ") == "100.250000");
    CHECK(log_time("took 1.5: ").empty());
    CHECK(log_time("v6.123: ").empty());
    CHECK(log_time("6.1.123: ").empty());
}

TEST_CASE("log time: of JSON") {
    CHECK(log_time(R"({"log":" f+0x1/0x2\n","time":"2026-11-27T19:40:05.5Z"})") ==
          "2026-11-27T19:40:05.5Z");
}

TEST_CASE("log time: what is none") {
    for (const char* margin :
         {"", "  ", "host kernel: ", "[15] ", "[15.] ", "[ ", "[15.2", "Nov 27", "2026-11-27",
          "x2026-11-27T19:40:05", "Now 27 19:40:05 "}) {
        CAPTURE(margin);
        CHECK(log_time(margin).empty());
    }
    CHECK(log_time(std::string(100000, '[')).empty());
}
