#include "decode/line_window.h"

#include <doctest/doctest.h>

#include <string>

using symline::decode::LineWindow;

TEST_CASE("line window: lines are numbered, and parsed where a rule may match") {
    LineWindow window;
    window.feed("nothing here\n do_fork+0x10/0x30\n");
    REQUIRE(window.has_line());
    CHECK(window.front().number == 1);
    CHECK(window.front().parsed == nullptr);
    window.reuse(window.take());
    REQUIRE(window.has_line());
    CHECK(window.front().number == 2);
    REQUIRE(window.front().parsed != nullptr);
    CHECK(window.front().parsed->occurrences.size() == 1);
    window.reuse(window.take());
    CHECK(!window.has_line());
    window.begin_text();
    window.feed("\n");
    REQUIRE(window.has_line());
    CHECK(window.front().number == 1);
}

TEST_CASE("line window: the parser's state goes from line to line, once") {
    LineWindow window;
    // The first frame of a stack is where it was taken, the others are return addresses.
    window.feed("@[\n    vfs_read+158\n    ksys_read+4\n]: 1\n");
    window.end();
    CHECK(window.look_ahead(1, {64, 1 << 15}));
    REQUIRE(window.lines().size() == 4);
    CHECK(window.lines()[1].parsed->occurrences.at(0).kind == symline::log::Kind::exact);
    CHECK(window.lines()[2].parsed->occurrences.at(0).kind == symline::log::Kind::call);
}

TEST_CASE("line window: looking ahead reaches so many lines or bytes") {
    LineWindow window;
    for (int i = 0; i < 100; ++i) window.feed("a line of 16 B.\n");
    REQUIRE(window.has_line());
    CHECK(window.look_ahead(1, {10, 1 << 15}));
    CHECK(window.lines().size() == 11);
    CHECK(window.look_ahead(1, {64, 16 * 20}));
    CHECK(window.lines().size() == 21);
    // More may come.
    CHECK(!window.look_ahead(1, {1000, 1 << 15}));
    CHECK(window.lines().size() == 100);
    window.end();
    CHECK(window.look_ahead(1, {1000, 1 << 15}));
}

TEST_CASE("line window: a line without any rule's words goes past the parser") {
    LineWindow window;
    window.feed("one\nvfs_read+0x1/0x2\ntwo\n");
    const auto first = window.take_plain();
    REQUIRE(first);
    CHECK(first->number == 1);
    CHECK(first->line.text == "one");
    // The next one has a frame, and is kept at the front.
    CHECK(!window.take_plain());
    CHECK(!window.take_plain());
    CHECK(window.take().number == 2);
    CHECK(window.look_ahead(0, {1, 1 << 15}));
    CHECK(!window.take_plain());
    CHECK(window.take().number == 3);
    CHECK(!window.take_plain());
}

TEST_CASE("line window: the pieces of a line that is too long have its number") {
    using symline::decode::TextBuffer;
    LineWindow window;
    const auto number = [&window] {
        if (const auto plain = window.take_plain()) return plain->number;
        if (!window.has_line()) return std::uint64_t{0};
        auto line = window.take();
        const auto taken = line.number;
        window.reuse(std::move(line));
        return taken;
    };
    window.feed("first\n" + std::string(TextBuffer::kMaxLine, 'x'));
    CHECK(number() == 1);
    CHECK(number() == 2);
    window.feed("do_fork+0x10/0x30\nthird\n");
    CHECK(number() == 2);
    CHECK(number() == 3);
    window.begin_text();
    window.feed("\n");
    CHECK(number() == 1);
}
