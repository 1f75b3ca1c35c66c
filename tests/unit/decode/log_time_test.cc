#include "decode/log_time.h"

#include <doctest/doctest.h>

#include <string>

#include "decode/json_time.h"

using symline::decode::json_time;
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

TEST_CASE("log time: with the date as other loggers and countries write it") {
    CHECK(log_time("2024/09/20 22:59:50 kernel: ") == "2024/09/20 22:59:50");
    CHECK(log_time("2024/09/20 22:59:50.819113 main.go:12: ") == "2024/09/20 22:59:50.819113");
    CHECK(log_time("[20.09.2024 22:59:50] ") == "20.09.2024 22:59:50");
    CHECK(log_time("09/20/2024 22:59:50,819 host ") == "09/20/2024 22:59:50,819");
    CHECK(log_time("20-09-2024 22:59:50 +0200 ") == "20-09-2024 22:59:50");
    CHECK(log_time("120.09.2024 22:59:50 ").empty());
    CHECK(log_time("2024/9/20 22:59:50 ").empty());
}

TEST_CASE("log time: with the zone's name, after a day of the week") {
    CHECK(log_time("Wed 2023-09-20 11:55:22 CEST host kernel: ") == "2023-09-20 11:55:22 CEST");
    CHECK(log_time("Wed 2023-09-20 11:55:22 -03 host ") == "2023-09-20 11:55:22 -03");
    CHECK(log_time("Wed 2023-09-20 11:55:22.123456 EDT host ") == "2023-09-20 11:55:22.123456 EDT");
    CHECK(log_time("Wed 2023-09-20 11:55:22 host ") == "2023-09-20 11:55:22");
    CHECK(log_time("2023-09-20 11:55:22,123 ERROR host ") == "2023-09-20 11:55:22,123");
}

TEST_CASE("log time: of day, in forms that other numbers may have") {
    CHECK(log_time("1726865990.819113 web01 kernel: ") == "1726865990.819113");
    CHECK(log_time("1726865990.819  1234  1235 E kernel: ") == "1726865990.819");
    CHECK(log_time("09-20 22:59:50.819  1234  1235 E kernel  : ") == "09-20 22:59:50.819");
    CHECK(log_time("09-20 22:59:50.819 E/kernel( 0): ") == "09-20 22:59:50.819");
    CHECK(log_time("E0920 22:59:50.819113    1234 kmsg.go:123] ") == "0920 22:59:50.819113");
    CHECK(log_time("web-1  | I0920 22:59:50.819113 1 x.cc:1] ") == "0920 22:59:50.819113");
    CHECK(log_time("[Sep20 22:59] ") == "Sep20 22:59");
    CHECK(log_time("x=1726865990.819113 ").empty());
    CHECK(log_time("172686599.819113 ").empty());
    CHECK(log_time("1726865990 ").empty());
    CHECK(log_time("1726865990.819113").empty());
    CHECK(log_time("2026-09-20 1:2:3 x-09-20 22:59:50.819 ").empty());
    CHECK(log_time("09-20 22:59 ").empty());
    CHECK(log_time("X0920 22:59:50.819113 ").empty());
    CHECK(log_time("Sep20 22:59 ").empty());
}

TEST_CASE("log time: printk's with the time since the line above, and that alone") {
    CHECK(log_time("[  844.569701 <    0.000013>] ") == "844.569701");
    CHECK(log_time("[  844.569701 <    0.000013 >] host kernel: ") == "844.569701");
    CHECK(log_time("[Wed Sep 20 11:55:22 2023 <    0.000012>] ") == "Sep 20 11:55:22 2023");
    CHECK(log_time("[  +0.000012] ").empty());
    CHECK(log_time("[<    0.000012>] ").empty());
    CHECK(log_time("[  844.569701 x<] ").empty());
}

TEST_CASE("log time: of /dev/kmsg") {
    CHECK(log_time("6,1234,123456789,-; ") == "123456789");
    CHECK(log_time("4,1,5,c,caller=T12; ") == "5");
    CHECK(log_time("6,1234,123456789; ").empty());
    CHECK(log_time("6,1234,-; ").empty());
    CHECK(log_time("6,1234,123456789,x; ").empty());
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
    CHECK(json_time(R"({"log":" f+0x1/0x2\n","time":"2026-11-27T19:40:05.5Z"})") ==
          "2026-11-27T19:40:05.5Z");
    CHECK(json_time(R"({"_SOURCE_MONOTONIC_TIMESTAMP":"844569701","MESSAGE":"[  844.5] f",)"
                    R"("__REALTIME_TIMESTAMP":"1726865990819113"})") == "1726865990819113");
    CHECK(json_time(R"({"_SOURCE_MONOTONIC_TIMESTAMP" : "844569701"})") == "844569701");
    CHECK(json_time(R"({"level":"info","ts":1726865990.8191,"msg":"x"})") == "1726865990.8191");
    CHECK(json_time(R"({"ts":1.7268659e+09})") == "1.7268659e+09");
    CHECK(json_time(R"({"date"=>1505348201.123, "log"=>"x"})") == "1505348201.123");
    CHECK(json_time(R"({"ts":5,"Timestamp":"20/Sep/2023:11:55:22 +0200"})") ==
          "20/Sep/2023:11:55:22 +0200");
    CHECK(json_time(R"(2026-11-27T19:40:05Z {"ts":5})") == "2026-11-27T19:40:05Z");
    CHECK(json_time(R"([{"ts":5}])") == "5");
}

TEST_CASE("log time: members of JSON that are no time") {
    CHECK(json_time(R"({"log":"\"time\":\"5\"","key":"time"})").empty());
    CHECK(json_time(R"({"time":{"seconds":5}})").empty());
    CHECK(json_time(R"({"time":null,"ts":7})") == "7");
    CHECK(json_time(R"({"time":"","ts":"now"})").empty());
    CHECK(json_time(R"({"time":"20\/Sep 11:55"})").empty());
    CHECK(json_time(R"({"time":5)").empty());
    CHECK(json_time(R"({"time)").empty());
    CHECK(json_time(R"({"time":"2026-11-27T19:40:05Z","other":"[  5.5]"})") ==
          "2026-11-27T19:40:05Z");
    CHECK(json_time(R"({"log":"[  5.5] f"})") == "5.5");
    CHECK(json_time(R"(2026-11-27 19:40:05,"f")") == "2026-11-27 19:40:05");
    CHECK(json_time("").empty());
    CHECK(json_time("{" + std::string(100000, '"')).empty());
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
