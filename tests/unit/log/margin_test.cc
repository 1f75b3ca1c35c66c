// What stands in front of messages: prefixes.txt has a list of prefixes, report.txt a report of all
// that is read from a log. After each prefix the report says what it says without one.
#include "log/margin.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "log/parse_text.h"
#include "log/parser.h"
#include "support/files.h"

namespace fs = std::filesystem;
using namespace symline::log;

namespace {

std::vector<std::string> lines_of(const char* name) {
    std::ifstream file(fs::path(symline::test::fixtures_folder()) / "../../tests/unit/log" / name,
                       std::ios::binary);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    REQUIRE(lines.size() > 20);
    return lines;
}

std::vector<std::string> prefixes() {
    std::vector<std::string> found;
    for (std::string& line : lines_of("prefixes.txt")) {
        if (line.empty() || line.starts_with("# ")) continue;
        if (line.ends_with(" $")) line.pop_back();
        for (auto tab = line.find("\\t"); tab != std::string::npos; tab = line.find("\\t")) {
            line.replace(tab, 2, "\t");
        }
        found.push_back(line);
    }
    return found;
}

/// What differs from line to line, for the line of that number.
std::string value_of(char name, std::size_t number, std::string_view message) {
    const auto pick = [&](std::initializer_list<const char*> values) {
        return std::string(values.begin()[number % values.size()]);
    };
    switch (name) {
        case 's': return pick({"    0.000000", "   12.300001", " 1234.567890", "12345.000001"});
        case 'n': return std::to_string((number * 7919 + 3) % 1200);
        case 't': return pick({"kworker/0:1", "swapper/3", "bash", "kworker/u16:2-events"});
        case 'l': return pick({"W", "E", "I"});
        case 'w':
            if (message.starts_with('#')) return "systemd-coredump[7888]";
            return message.starts_with("  ") ? "bpftrace[12]" : "kernel";
    }
    FAIL("a name in braces that is not known: " << name);
    return {};
}

std::string filled(std::string_view prefix, std::size_t number, std::string_view message) {
    std::string out;
    for (std::size_t at = 0; at < prefix.size(); ++at) {
        if (prefix[at] == '{' && at + 2 < prefix.size() && prefix[at + 2] == '}') {
            out += value_of(prefix[at + 1], number, message);
            at += 2;
        } else {
            out += prefix[at];
        }
    }
    return out;
}

}  // namespace

TEST_CASE("margin: after any prefix a report says what it says without one") {
    const auto report = lines_of("report.txt");
    const auto all = prefixes();
    CHECK(all.size() >= 60);
    std::size_t good = 0;
    for (const std::string& prefix : all) {
        Parser bare, stream;
        ParsedLine wanted, parsed;
        std::string differences;
        for (std::size_t number = 0; number < report.size(); ++number) {
            const std::string& message = report[number];
            const std::string front = filled(prefix, number, message);
            const std::string line = front + message;
            bare.parse(message, wanted);
            const bool wants = stream.wants(line);
            stream.parse(line, parsed);
            const auto says = symline::test::parse_text(message, wanted);
            const auto said = symline::test::parse_text(line, parsed);
            if (!wants && !says.empty()) differences += "refused: " + line + "\n";
            if (said != says) differences += line + "\n" + said;
            // Lines that are added begin as this one does, up to the frame.
            const bool has_margin = parsed.indent.end() == front.size() + wanted.indent.end();
            if (!says.empty() && !has_margin) {
                differences += line + "\nmargin " + std::to_string(parsed.indent.end()) + "\n";
            }
        }
        good += differences.empty() ? 1 : 0;
        CHECK_MESSAGE(differences.empty(), "after \"" << prefix << "\":\n" << differences);
    }
    MESSAGE(good << " of " << all.size() << " prefixes");
}

TEST_CASE("margin: a shape is what fields have in common") {
    Margin margin;
    CHECK(margin.match("vm-1  | x") == 0);
    margin.learn("vm-1  | ");
    CHECK(margin.match("vm-1  | x") == 8);
    CHECK(margin.match("vm-12 | x") == 8);
    CHECK(margin.match("vm-1  |     x") == 8);
    CHECK(margin.match("db-77 | x") == 8);
    CHECK(margin.match("vm 1  | x") == 0);
    CHECK(margin.match("vm-1  : x") == 0);
    CHECK(margin.match("vm-1") == 0);
    CHECK(margin.match("") == 0);
}

TEST_CASE("margin: who writes may be another one, what is in brackets may be anything") {
    Margin margin;
    margin.learn("[   12.300001 <    0.000010>] host kernel: ");
    CHECK(margin.match("[    1.3 <1.0>] host kernel: x") == 29);
    CHECK(margin.match("[    1.3] host systemd-coredump[7888]: #0") == 39);
    CHECK(margin.match("[    1.3] host RIP: x") == 0);
    CHECK(margin.match("[    1.3] a host kernel: x") == 0);
}

TEST_CASE("margin: a message's own word is not its prefix's last") {
    Margin margin;
    margin.learn("[   12.3] rcu: ");
    CHECK(margin.match("[   12.4] sysrq: x") == 17);
    for (const char* line : {"[   12.4] pc: x", "[   12.4] epc: x", "[   12.4] rip: x",
                             "[   12.4] ip: x", "[   12.4] lr: x", "[   12.4] NIP: x"}) {
        CAPTURE(line);
        CHECK(margin.match(line) == 0);
    }
    margin.learn("<<     0.1>> rcu: ");
    CHECK(margin.match("<<123450.1>> sysrq: x") == 20);
    CHECK(margin.match("<<123450.1>> pc: x") == 0);
}

TEST_CASE("margin: words alone are no shape") {
    Margin margin;
    margin.learn("host kernel: ");
    CHECK(margin.match("some words: x") == 0);
    CHECK(margin.match("host bpftrace: x") == 15);
}

TEST_CASE("margin: the latest shapes are kept, a prefix of a known shape is no new one") {
    Margin margin;
    margin.learn("first| ");
    for (int i = 0; i < 100; ++i) margin.learn("<" + std::to_string(i) + "> ");
    CHECK(margin.match("first| x") == 7);
    for (const char* prefix : {"a1: b2: ", "c3= ", "d-4- ", "e|5| "}) margin.learn(prefix);
    CHECK(margin.match("first| x") == 0);
    CHECK(margin.match("e|7| x") == 5);
    margin.learn("1" + std::string(Margin::kMaxSize, '.'));
    CHECK(margin.match("2" + std::string(Margin::kMaxSize, '.')) == 0);
}

TEST_CASE("margin: markup and objects are none, and prose is not until it is there again") {
    for (const std::string text : {"", "  ", "`", "**", "{\"log\":\"1 ", "{ a: ", "<pre>1</pre>"}) {
        CAPTURE(text);
        Margin margin;
        CHECK_FALSE(margin.accepts(text));
        CHECK_FALSE(margin.accepts(text));
        CHECK_FALSE(Margin::may_be_prefix(text));
    }
    for (const std::string text : {"I see this every day: ", "WARN kernel ", " * ", "** ",
                                   "foo+0x1/0x2 ", "ffffffff81234567 "}) {
        CAPTURE(text);
        Margin margin;
        CHECK_FALSE(margin.accepts(text));
        CHECK(margin.accepts(text));
    }
    for (const std::string text :
         {"vm-1  | ", "host kernel: ", "MESSAGE=", "[c4] ", "2024\thost\t", "{rack7/slot3}#4# "}) {
        CAPTURE(text);
        CHECK(Margin().accepts(text));
    }
}

TEST_CASE(
    "margin: what looks like content is a prefix where one of the same shape was there before") {
    Margin margin;
    CHECK_FALSE(margin.accepts("[foo+0x1/0x99]: "));
    CHECK(margin.accepts("[foo+0x22/0x99]: "));
    CHECK_FALSE(margin.accepts(" * "));
    CHECK(margin.accepts(" * \t"));
    CHECK_FALSE(margin.accepts(" - x+0x1 "));
}

TEST_CASE("margin: lines begin alike by their text or by its shape") {
    CHECK(Margin::begins_alike("out ", "out of this"));
    CHECK(Margin::begins_alike("#12> ", "#7> x"));
    CHECK_FALSE(Margin::begins_alike("out ", "in that"));
    CHECK_FALSE(Margin::begins_alike("#12> ", "12> x"));
    CHECK_FALSE(Margin::begins_alike(" * ", ""));
}

TEST_CASE("margin: who writes ends the prefix of a line that was made of several") {
    CHECK(Margin::writer_size("box app: Oops") == 9);
    CHECK(Margin::writer_size("2026/11/28-02:00 box app[12]: x: y") == 30);
    CHECK(Margin::writer_size("RIP: 0010:foo") == 0);
    CHECK(Margin::writer_size("some words") == 0);
    CHECK(Margin::writer_size("") == 0);
}

TEST_CASE("margin: a prefix that looks like content is one from the second line on") {
    for (const std::string prefix : {" * ", "[foo+0x1/0x99]: ", "foo+0x1/0x2  ",
                                     "0000000012345678 ", "the serial console says to you "}) {
        CAPTURE(prefix);
        Parser parser;
        ParsedLine parsed;
        std::string line;
        const auto parse = [&](const std::string& message) {
            line = prefix + message;
            parser.parse(line, parsed);
        };
        parse("RIP: 0010:bar+0x1/0x2");
        CHECK(parsed.prefix.size <= 1);
        CHECK(parsed.doubtful_prefix != 0);
        parse("CPU: 0 PID: 1 Comm: x Not tainted 6.1.0-56-amd64 #1 Debian");
        CHECK(parsed.indent.end() == prefix.size());
        CHECK(parsed.facts.release == "6.1.0-56-amd64");
        parse(" bar+0x1/0x2");
        CHECK(parsed.indent.end() == prefix.size() + 1);
        REQUIRE(!parsed.occurrences.empty());
        CHECK(parsed.occurrences.back().symbol == "bar");
    }
}
