// What must hold of any text, tried on the corpus: spans lie in the line, in order and apart, and
// the quick look refuses no line that holds something.
#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "log/parse_text.h"
#include "log/parser.h"
#include "support/files.h"

namespace fs = std::filesystem;
using namespace symline::log;

namespace {

fs::path corpus_folder() {
    if (const char* given = std::getenv("SYMLINE_CORPUS")) return given;
    return fs::path(symline::test::fixtures_folder()) / "../../../shared/corpus";
}

bool spans_are_sound(std::string_view line, const ParsedLine& parsed) {
    std::size_t end = 0;
    for (const auto& found : parsed.occurrences) {
        if (found.text.offset < end || found.text.size == 0) return false;
        if (found.insert_at < found.text.end() || found.insert_at > line.size()) return false;
        end = found.insert_at;
    }
    return parsed.prefix.offset <= line.size() && parsed.indent.offset == parsed.prefix.end() &&
           parsed.indent.end() <= line.size() && parsed.facts.code_bytes.end() <= line.size();
}

void check_line(std::string_view line, Parser& stream, ParsedLine& parsed) {
    const bool wanted = stream.wants(line);
    stream.parse(line, parsed);
    if (!spans_are_sound(line, parsed)) FAIL_CHECK("in stream: " << line);
    // Escapes in the middle of a word hide it from the quick look.
    if (PlainText::differs(line)) return;
    if (!wanted && !symline::test::parse_text(line, parsed).empty())
        FAIL_CHECK("wants() refused: " << line);
    Parser().parse(line, parsed);
    if (!spans_are_sound(line, parsed)) FAIL_CHECK("alone: " << line);
    if (!Parser::may_match(line) && !symline::test::parse_text(line, parsed).empty())
        FAIL_CHECK("may_match() refused: " << line);
}

/// Of the processor's time: what else a machine does says nothing.
double seconds_since(std::clock_t begin) {
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

double seconds_to_parse(const std::string& line) {
    const auto begin = std::clock();
    ParsedLine parsed;
    Parser().parse(line, parsed);
    Parser::may_match(line);
    CHECK(spans_are_sound(line, parsed));
    return seconds_since(begin);
}

std::string repeated(std::string_view text, std::size_t size) {
    std::string out;
    while (out.size() < size) out += text;
    return out;
}

}  // namespace

TEST_CASE("log: properties hold on every text of the corpus") {
    if (!fs::is_directory(corpus_folder())) {
        MESSAGE("no corpus at " << corpus_folder().string());
        return;
    }
    std::size_t lines = 0;
    for (const auto& entry : fs::recursive_directory_iterator(corpus_folder())) {
        if (entry.path().extension() != ".txt") continue;
        std::ifstream file(entry.path(), std::ios::binary);
        Parser stream;
        ParsedLine parsed;
        for (std::string line; std::getline(file, line); ++lines) {
            if (line.ends_with('\r')) line.pop_back();
            check_line(line, stream, parsed);
        }
    }
    CHECK(lines > 50000);
}

TEST_CASE("log: a line of 10 MB takes time in proportion") {
    constexpr std::size_t size = 10'000'000;
    for (const std::string_view part :
         {"a+", "foo+0x1/0x2 ", "[<ffffffff81000000>] ", "foo+0x1/0x2 (a.c:", " at a.c", "\x1b[31m",
          "[0x1(", "a", "(", "=> ", "[", "| ", "# ", " [mod", " (x.so+0x1", "+0x1/0x2"}) {
        INFO(part);
        // Several times what it takes, under a sanitizer on a busy machine: a square would take
        // hours.
        CHECK(seconds_to_parse(repeated(part, size)) < 10);
        CHECK(seconds_to_parse("  " + repeated(part, size)) < 10);
        CHECK(seconds_to_parse("WARNING: BUG: KFENCE: " + repeated(part, size)) < 10);
    }
    CHECK(seconds_to_parse("{\"" + repeated("\\n foo+12", size)) < 10);
    CHECK(seconds_to_parse("1.00% " + repeated("a;", size)) < 10);
}

TEST_CASE("log: so does one that is plain text only when escapes are seen through") {
    constexpr std::size_t size = PlainText::kMaxLine / 4;
    for (const std::string_view part :
         {"&lt;", "#012", "#012 foo+0x1/0x2", "#012#011foo+12", "#012Code: 55 41 54 55 <44> 8b",
          "\\_", "[&lt;ffffffff81000000&gt;] ", "\x1b[31m", "=&gt; ", "&#43;", "\xc2\xa0",
          "#012x1: RIP: 0010:f"}) {
        INFO(part);
        CHECK(seconds_to_parse(repeated(part, size)) < 10);
        CHECK(seconds_to_parse("Jun 18 20:37:40 host kernel: " + repeated(part, size)) < 10);
    }
}

TEST_CASE("log: a text whose every line has another prefix takes time in proportion") {
    Parser parser;
    ParsedLine parsed;
    const auto begin = std::clock();
    for (int i = 0; i < 20000; ++i) {
        const auto line = std::string(i % 190, static_cast<char>('!' + i % 15)) +
                          std::to_string(i) + ": RIP: 0010:foo+0x1/0x2";
        parser.parse(line, parsed);
        CHECK(spans_are_sound(line, parsed));
    }
    CHECK(seconds_since(begin) < 10);
}

TEST_CASE("log: lines that are no frames") {
    ParsedLine parsed;
    for (const std::string_view line :
         {"IN=eth0 OUT= MAC=00:11:22:33:44:55:66:77:88:99:aa:bb:08:00 SRC=10.0.0.1 DST=10.0.0.2 "
          "LEN=60",
          "see http://host/a+0x10/0x20 and /usr/lib/foo+0x10/0x20",
          "version 6.1.0+0x1/0x2",
          "x = a+b/c; y = i+1",
          "gcc -O2 -Wa,--x+0x1 a+b/c",
          "QWxhZGRpbjpvcGVu+IHNlc2FtZQ/0x12==",
          "    i+1",
          "  return n+12;",
          "foo+0x12",
          "foo+0x12/0xzz",
          "foo+0x12/0x34abcxyz",
          "BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff]",
          "kvm: [<0>]",
          "Error Code: 12",
          "Code: Unable to access opcode bytes at 0xffffffffffffffd6.",
          "Code: Bad RIP value.",
          "RIP: 0010:0x0",
          "RIP: 0033:0x47b7a0",
          "a => b",
          "#1 priority 0x10 in the list",
          "Depth    Size   Location    (20 entries)",
          "bpf_prog_850eb56a0e481233_tcp_v4_rcv+0x34/0x50",
          " 1) first (second) thing",
          "0.5% done; wait"}) {
        INFO(line);
        Parser().parse(line, parsed);
        CHECK(parsed.occurrences.empty());
        CHECK(parsed.facts.code_bytes.size == 0);
    }
}
