#include "tools/fetch_progress.h"

#include <doctest/doctest.h>

#include <chrono>
#include <vector>

#include "tools/fetch_session.h"

using namespace symline;
using namespace symline::tools;

namespace {

using Clock = std::chrono::steady_clock;

const Clock::time_point kBegin{std::chrono::hours(1)};

FetchedFile file(std::string name, std::uint64_t bytes, std::uint64_t size) {
    return {std::move(name), "http://a.example:8002", bytes, size, kBegin};
}

std::string text(const std::vector<FetchedFile>& files, std::size_t done, std::size_t count,
                 std::chrono::milliseconds elapsed) {
    return progress_text({files, done, count, false}, kBegin + elapsed);
}

using std::chrono::milliseconds;

}  // namespace

TEST_CASE("progress: name, size, speed and time left") {
    const auto vmlinux = file("linux-image-dbg/vmlinux", 213'000'000, 633'000'000);
    CHECK(text({vmlinux}, 0, 1, milliseconds(6000)) ==
          "linux-image-dbg/vmlinux, 213 of 633 MB, 35 MB/s, 11 s left");
    CHECK(text({vmlinux}, 1, 5, milliseconds(50)) ==
          "2 of 5: linux-image-dbg/vmlinux, 213 of 633 MB");
    CHECK(text({file("a", 512, 0)}, 0, 1, milliseconds(1000)) == "a, 512 bytes, 512 bytes/s");
    CHECK(text({file("a", 1'250, 9'900)}, 0, 1, milliseconds(10'000)) ==
          "a, 1.2 of 9.9 kB, 125 bytes/s, 69 s left");
    CHECK(text({file("a", 1, 40'000'000'000)}, 0, 1, milliseconds(1000)).ends_with("h left"));
    CHECK(text({}, 0, 1, milliseconds(0)).empty());
}

TEST_CASE("progress: the file with most to come is named") {
    const std::vector<FetchedFile> files{file("small", 10, 20), file("large", 10, 2000)};
    CHECK(text(files, 0, 2, milliseconds(0)).starts_with("1 of 2: large"));
}

TEST_CASE("progress: waiting for the first byte") {
    CHECK(text({file("951d4e", 0, 0)}, 0, 1, milliseconds(12'345)) ==
          "951d4e, waiting for http://a.example:8002, 12 s");
}

TEST_CASE("progress: a server that sends more than it said, a clock that stands still") {
    CHECK(text({file("a", 2000, 1000)}, 0, 1, milliseconds(1000)) ==
          "a, 2.0 of 1.0 kB, 2.0 kB/s, 0 s left");
    CHECK(text({file("a", 5, 10)}, 7, 3, milliseconds(-5)) == "3 of 3: a, 5 of 10 bytes");
}

TEST_CASE("a line is cut in its middle") {
    CHECK(fit_to_columns("0123456789", 10) == "0123456789");
    CHECK(fit_to_columns("0123456789", 9) == "01...6789");
    CHECK(fit_to_columns("0123456789", 2) == "01");
}

TEST_CASE("policies by name") {
    CHECK(parse_fetch_policy("auto") == FetchPolicy::automatic);
    CHECK(parse_fetch_policy("ask") == FetchPolicy::ask);
    CHECK(parse_fetch_policy("never") == FetchPolicy::never);
    CHECK_FALSE(parse_fetch_policy("always"));
}
