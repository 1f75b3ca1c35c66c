#include "log/stack_lines.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "log/parse_text.h"
#include "log/parser.h"

using namespace symline::log;

namespace {

constexpr std::string_view kNames[] = {"vfs_read",
                                       "__x64_sys_read",
                                       "asm_exc_page_fault",
                                       "asm_common_interrupt",
                                       "do_IRQ",
                                       "common_interrupt",
                                       "el1h_64_irq",
                                       "exc_page_fault",
                                       "ab",
                                       "abc",
                                       "a",
                                       "_",
                                       "___",
                                       "cafe1234",
                                       "deadbeefdeadbeef",
                                       "beef",
                                       "pc",
                                       "epc",
                                       "nip",
                                       "RIP",
                                       "Oops",
                                       "BUG",
                                       "_text",
                                       ".text",
                                       "$x",
                                       "foo.isra.0",
                                       "bpf_prog_0123456789abcdef_trace",
                                       "bpf_prog_short",
                                       "bpf_trampoline_12",
                                       "ftrace_trampoline",
                                       "b'vfs_read",
                                       "_foo_",
                                       "__foo__",
                                       "0x1234",
                                       "7zip",
                                       "unknown",
                                       "[unknown]",
                                       "std::sort",
                                       "call_stack:",
                                       "_start",
                                       "ret_from_fork",
                                       "main",
                                       "era",
                                       "swapper"};
constexpr std::string_view kOffsets[] = {"+0",
                                         "+1",
                                         "+53",
                                         "+2051",
                                         "+123456789012345678",
                                         "+1234567890123456789",
                                         "+12345678901234567890",
                                         "+0x53",
                                         "+0x53/0x60",
                                         "+53 [nf_nat]",
                                         "+53 (/bin/bash)",
                                         "+",
                                         "",
                                         "+5a",
                                         "+-1",
                                         "+53,"};
constexpr std::string_view kIndents[] = {"    ",           "\t", " ", "        ", "", "> ",
                                         "[    1.000000] "};

/// All that was read of a line; the spaces at its end are no part of it.
std::string text_of(std::string_view line, const ParsedLine& parsed) {
    const auto number = [](std::size_t value) { return std::to_string(value) + " "; };
    return number(parsed.prefix.size) + number(parsed.indent.offset) + number(parsed.indent.size) +
           number(parsed.doubtful_prefix) + number(parsed.facts.asked) +
           symline::test::parse_text(line, parsed);
}

/// Stacks in which each kind of line comes after each.
std::vector<std::string> lines_of_stacks() {
    std::vector<std::string> lines{"Attaching 1 probe..."};
    std::size_t random = 1;
    const auto choose = [&](const auto& all) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        return std::string(all[(random >> 33U) % std::size(all)]);
    };
    constexpr std::size_t kLines = 60'000, kStack = 12;
    for (std::size_t i = 0; i < kLines; ++i) {
        if (i % kStack == 0) lines.insert(lines.end(), {"]: 1", "@[kprobe:vfs_read]: [", "@["});
        const bool usual = choose(std::vector{"yes", "yes", "yes", "no"}) == "yes";
        lines.push_back(usual ? "    " + choose(kNames) + "+" + std::to_string(i)
                              : choose(kIndents) + choose(kNames) + choose(kOffsets));
    }
    return lines;
}

}  // namespace

TEST_CASE("stack lines: the frames of a plain stack are read as all rules together read them") {
    Parser plain, all_rules;
    ParsedLine parsed, expected;
    std::size_t frames = 0;
    for (const std::string& line : lines_of_stacks()) {
        // Spaces at the end of a line mean nothing, and keep it from the short way.
        const std::string longer = line + "  ";
        plain.parse(line, parsed);
        all_rules.parse(longer, expected);
        frames += parsed.occurrences.size();
        if (text_of(line, parsed) != text_of(longer, expected)) {
            CHECK_MESSAGE(text_of(line, parsed) == text_of(longer, expected), line);
        }
    }
    CHECK(frames > 30'000);
}
