#include "find/debuginfod/debuginfod_log.h"

#include <doctest/doctest.h>

#include <string>

using namespace symline::find;

namespace {

/// As libdebuginfod 0.188 writes it.
std::string log_with(std::string_view end) {
    return "debuginfod_find_source 951d4e /usr/src/a b.c\n\n"
           "server urls \"http://127.0.0.1:1\"\nchecking build-id\nchecking filename\n"
           "suffix #usr#src#a b.c\nchecking cache dir /home/u/.cache/debuginfod_client\n" +
           std::string(end);
}

constexpr std::string_view kAsked =
    "using timeout 90\ninit server 0 http://127.0.0.1:1/buildid\n"
    "url 0 http://127.0.0.1:1/buildid/951d4e/source/usr/src/a%20b.c\nquery 1 urls in parallel\n";

}  // namespace

TEST_CASE("log: an answer from the cache asks no server") {
    const auto log = read_debuginfod_log(log_with("not found No such file (err=-2)\n"));
    CHECK_FALSE(log.asked);
    CHECK(log.reason.empty());
    CHECK(log.cache_folder == "/home/u/.cache/debuginfod_client");
    CHECK(log.suffix == "#usr#src#a b.c");
}

TEST_CASE("log: the status of an HTTP error") {
    const auto log = read_debuginfod_log(
        log_with(std::string(kAsked) + "server response HTTP response code said error\n"
                                       "url 0 The requested URL returned error: 503\n"
                                       "not found No such file or directory (err=-2)\n"));
    CHECK(log.asked);
    CHECK(log.http == 503);
}

TEST_CASE("log: the reason outlives a second attempt, and has no control characters") {
    const auto log = read_debuginfod_log(log_with(std::string(kAsked) +
                                                  "server response Failure when receiving data\n"
                                                  "url 0 Recv failure: \x1b[2JConnection reset\n"
                                                  "Retry failed query, 1 attempt(s) remaining\n" +
                                                  std::string(kAsked)));
    CHECK(log.reason == "Recv failure: ?[2JConnection reset");
    CHECK_FALSE(log.http);
}

TEST_CASE("log: the words of libcurl without more of them") {
    const auto log = read_debuginfod_log(std::string(kAsked) + "server response Timeout\n");
    CHECK(log.reason == "Timeout");
}

TEST_CASE("headers: package and file") {
    CHECK(name_in_headers("X-DEBUGINFOD-SIZE: 12\r\n"
                          "X-DEBUGINFOD-ARCHIVE: /srv/linux-image-6.1.0-dbg_6.1.192-2_amd64.deb\r\n"
                          "X-DEBUGINFOD-FILE: /usr/lib/debug/boot/vmlinux-6.1.0\r\n") ==
          "linux-image-6.1.0-dbg/vmlinux-6.1.0");
    CHECK(name_in_headers("x-debuginfod-archive: /a/glibc-debuginfo-2.37-1.fc38.x86_64.rpm\n") ==
          "glibc-debuginfo-2.37-1.fc38.x86_64");
    CHECK(name_in_headers("x-debuginfod-file: /usr/lib/libfoo.so.debug\n") == "libfoo.so.debug");
    CHECK(name_in_headers("Content-Length: 3\n").empty());
    CHECK(name_in_headers("x-debuginfod-file: /a/\x1b]0;x\a\n") == "?]0;x?");
    CHECK(name_in_headers("x-debuginfod-file: /" + std::string(5000, 'a')).size() == 60);
}
