#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "decode/decoded_places.h"

using namespace symline;
using namespace symline::test;

TEST_CASE("decoder: a return address is looked up in the call, a program counter as it is") {
    Decoder decoder(with_vmlinux());
    CHECK(places(decoder, " sched_fork+0x46/0x90\nRIP: 0010:sched_fork+0x46/0x90\nno frame\n") ==
          Places{"kernel/sched.c:40", "kernel/sched.c:41", ""});
    decoder.begin_text();
    decoder.feed(" sched_fork+0x46/0x90\nRIP: 0010:sched_fork+0x46/0x90\n ? do_fork+0x30/0x30\n");
    decoder.end();
    const std::vector rules{LookupRule::before, LookupRule::as_it_is, LookupRule::start_of_next};
    const std::vector kinds{FrameKind::call, FrameKind::exact, FrameKind::unreliable};
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const DecodedLine* line = decoder.next();
        REQUIRE(line != nullptr);
        REQUIRE(line->frames.size() == 1);
        CHECK(line->frames[0].candidate()->rule == rules[i]);
        CHECK_FALSE(line->frames[0].candidate()->against_text);
        CHECK(line->frames[0].kind() == kinds[i]);
    }
    CHECK(decoder.next() == nullptr);
}

TEST_CASE("decoder: where no call ends is no return address, whatever the text says") {
    const std::string text = " do_fork+0x10/0x30\n ? do_fork+0x10/0x30\nlr : do_fork+0x10/0x30\n";
    Decoder decoder(with_vmlinux());
    CHECK(places(decoder, text) ==
          Places{"kernel/fork.c:19", "kernel/fork.c:19", "kernel/fork.c:19"});
    decoder.begin_text();
    decoder.feed(text);
    decoder.end();
    for (const FrameKind kind : {FrameKind::exact, FrameKind::unreliable, FrameKind::exact}) {
        const DecodedLine* line = decoder.next();
        REQUIRE(line != nullptr);
        const DecodedFrame& frame = line->frames.at(0);
        CHECK(frame.candidate()->rule == LookupRule::as_it_is);
        CHECK(frame.candidate()->against_text);
        CHECK(frame.kind() == kind);
    }
    auto options = with_vmlinux();
    options.text_decides = true;
    Decoder by_text(options);
    CHECK(places(by_text, text) ==
          Places{"kernel/fork.c:15", "kernel/fork.c:15", "kernel/fork.c:15"});
}

TEST_CASE("decoder: NEXT+0 in a stack is where a call returns to that does not return") {
    for (const char* name : {"aarch64-clang", "mips-clang", "arm-clang"}) {
        CAPTURE(name);
        Decoder decoder{DecoderOptions{}};
        const std::string end = " (" + fixture(name) + ")\n";
        const std::string text =
            "@[\n    drain_all+0" + end + "    drain_all+0" + end + "    outer+0" + end + "]: 1\n";
        // The caller is check(); the function itself begins at line 63. What the stack begins with
        // is where the probe is, and nothing calls at the end of what is before outer().
        const Places found = places(decoder, text);
        REQUIRE(found.size() == 5);
        CHECK(found[1] == "c/clones.c:63");
        CHECK(found[2] == "c/clones.c:22");
        CHECK(found[3] == "c/main.c:30");
        decoder.begin_text();
        decoder.feed(text);
        decoder.end();
        std::vector<FrameKind> kinds;
        while (const DecodedLine* line = decoder.next()) {
            for (const DecodedFrame& frame : line->frames) kinds.push_back(frame.kind());
        }
        CHECK(kinds == std::vector{FrameKind::exact, FrameKind::call, FrameKind::exact});
    }
}

TEST_CASE("decoder: a warning traps, or names where the call that prints it returns to") {
    Decoder decoder(with_vmlinux());
    const std::string warning = "WARNING: CPU: 0 PID: 1 at kernel/x.c:40 ";
    // No trap is there, and a call ends: Linux before 4.12.
    CHECK(places(decoder, warning + "sched_fork+0x46/0x90\n") == Places{"kernel/sched.c:40"});
    CHECK(places(decoder, warning + "do_fork+0x10/0x30\nRIP: 0010:do_fork+0x10/0x30\n") ==
          Places{"kernel/fork.c:19", "kernel/fork.c:19"});
    // The form is arm's: x86's code says nothing of it.
    const std::string arm =
        "[<83678310>] (warn_slowpath_fmt) from [<8143e868>] (do_fork+0x10/0x30)\n";
    CHECK(places(decoder, warning + "do_fork+0x10/0x30\n" + arm).front() == "kernel/fork.c:15");
    CHECK(
        places(decoder, warning + "do_fork+0x10/0x30\n" + warning + "x+0x1/0x2\n" + arm).front() ==
        "kernel/fork.c:19");
}
