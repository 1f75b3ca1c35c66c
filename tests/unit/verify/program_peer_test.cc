#include "verify/program_peer.h"

#include <doctest/doctest.h>

#include "verify/child_program.h"

using namespace symline;
using namespace symline::verify;

namespace {

std::string shown(const OwnedLookup& lookup) {
    std::string text;
    for (const Frame& frame : lookup->frames) {
        text += std::string(frame.name) + ' ' + std::string(frame.location.file) + ':' +
                std::to_string(frame.location.line) + '\n';
    }
    return text;
}

}  // namespace

TEST_CASE("program_peer: what GNU's program prints") {
    const auto answers = parse_printed(
        "0x00000000004a1200\nscaled\n/src/c/clones.c:48 (discriminator 2)\nmain\n/src/main.c:9\n"
        "0x0000000000000000\n??\n??:0\n"
        "0x0000000000000010\nnaked\n??:?\n");
    REQUIRE(answers);
    REQUIRE(answers->size() == 3);
    CHECK(shown((*answers)[0]) == "scaled /src/c/clones.c:48\nmain /src/main.c:9\n");
    CHECK((*answers)[1]->frames.empty());
    CHECK((*answers)[1]->miss);
    CHECK(shown((*answers)[2]) == "naked :0\n");
}

TEST_CASE("program_peer: columns, and the words of elfutils") {
    const auto answers = parse_printed(
        "0x10\nsquare inlined at a.c:3:5 in main\n/a:b/inline.h:8:22\nmain\na.c:3:5\n"
        "0x20\nf inlined in g\nx.c:1\n");
    REQUIRE(answers);
    CHECK(shown((*answers)[0]) == "square /a:b/inline.h:8\nmain a.c:3\n");
    CHECK(shown((*answers)[1]) == "f x.c:1\n");
}

TEST_CASE("program_peer: what is of another form") {
    CHECK(parse_printed("")->empty());
    CHECK_FALSE(parse_printed("usage: addr2line\n"));
    CHECK_FALSE(parse_printed("0x10\nname without a place\n"));
    CHECK_FALSE(parse_printed("0x10\nname\nfile:line\n"));
}

TEST_CASE("program_peer: a program that is not installed, and names of programs") {
    CHECK(program_in_path("symline-no-such-program").empty());
    CHECK_FALSE(program_in_path("sh").empty());
}

TEST_CASE("child_program: input, output, environment and ends") {
    const std::string shell = program_in_path("sh");
    const auto upper = run_program({shell, "-c", "tr a-z A-Z; echo $LC_ALL$DEBUGINFOD_URLS"},
                                   std::string(200'000, 'a') + "\n");
    REQUIRE(upper);
    CHECK(*upper == std::string(200'000, 'A') + "\nC\n");
    const auto killed = run_program({shell, "-c", "kill -9 $$"}, {});
    REQUIRE_FALSE(killed);
    CHECK(killed.error().message == "ended by signal 9 (Killed)");
    CHECK_FALSE(run_program({"/nonexistent/program"}, {}));
    const auto failed = run_program({shell, "-c", "echo some; exit 3"}, {});
    REQUIRE(failed);
    CHECK(*failed == "some\n");
}

TEST_CASE("child_program: one that prints nothing more is ended") {
    using namespace std::chrono_literals;
    const std::string shell = program_in_path("sh");
    const auto hangs = run_program({shell, "-c", "exec sleep 1000"}, {}, 50ms);
    REQUIRE_FALSE(hangs);
    CHECK(hangs.error().code == ErrorCode::unsupported);
    CHECK(hangs.error().message.starts_with("no answer within "));
    const auto stopped = run_program({shell, "-c", "echo some; kill -STOP $$"}, {}, 50ms);
    REQUIRE_FALSE(stopped);
    CHECK(stopped.error().code == ErrorCode::unsupported);
}
