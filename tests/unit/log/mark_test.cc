#include "log/mark.h"

#include <doctest/doctest.h>

#include <string>

#include "log/parser.h"

using namespace symline::log;

TEST_CASE("marks: the quick look finds each one wherever it stands in a line") {
    CHECK(all_marks().size() > 40);
    for (const Mark& mark : all_marks()) {
        CAPTURE(mark.word);
        REQUIRE(mark.pair + 1 < mark.word.size());
        const std::string text = std::string(mark.word) + std::string(mark.also);
        CHECK(Parser::may_match(text));
        // Pairs are looked up in rounds: a mark may lie on the border of two.
        for (std::size_t before = 0; before < 20; ++before) {
            for (std::size_t after = 0; after < 10; ++after) {
                const auto line = std::string(before, ',') + text + std::string(after, ',');
                CHECK(Parser::may_match(line));
            }
        }
    }
}

TEST_CASE("marks: half a mark is none, and neither is one whose second word is missing") {
    for (const char* text : {"WARNIN", "ncement of pending", "tainted love", "Processes dump",
                             "Process 7 (x) of user 0 did well", "a Call to all", "kernel BU"}) {
        CAPTURE(text);
        CHECK_FALSE(Parser::may_match(text));
    }
    CHECK(Parser::may_match("Process 7 (x) of user 0 dumped core."));
    const std::string distant = "Process " + std::string(kMarkReach, '.') + " dumped core.";
    CHECK_FALSE(Parser::may_match(distant));
    // Neither does the parser, which reads lines that the quick look passed for another word.
    ParsedLine parsed;
    Parser().parse(distant, parsed);
    CHECK_FALSE(parsed.facts.begins_core);
}

TEST_CASE("marks: an address and a name at the end of a line, whatever stands in front") {
    for (const char* text :
         {"    ffffffff810df082 hrtimer_wakeup", "<     ffffffff810df082 hrtimer_wakeup",
          "[   12.0]     c000000000708f88 do_fork  ", "x   9000000004106450 vfs_read_[k]"}) {
        CAPTURE(text);
        CHECK(Parser::may_match(text));
    }
    for (const char* text : {"ffffffff81000000 T _text", "    7f0123456789abcd main",
                             "    0000000000401136 main", "hrtimer_wakeup", "a810df082 name"}) {
        CAPTURE(text);
        CHECK_FALSE(Parser::may_match(text));
    }
}
