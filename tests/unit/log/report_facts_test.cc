#include "log/report_facts.h"

#include <doctest/doctest.h>

#include "log/parser.h"

using namespace symline::log;

namespace {

Facts facts_of(std::string_view line) {
    ParsedLine result;
    Parser parser;
    // A line that the parser does not want is never parsed.
    CHECK(parser.wants(line));
    parser.parse(line, result);
    return result.facts;
}

}  // namespace

TEST_CASE("report facts: the head of a stack, whatever stands in front, also of a part of a line") {
    CHECK(facts_of("Call Trace:").begins_stack);
    CHECK(facts_of("Call Trace: [<c0103e3f>] show_trace+0xf/0x20").begins_stack);
    CHECK(facts_of("[    1.000000] Call trace:").begins_stack);
    CHECK(facts_of("<4>[    1.000000][  T101] Call Trace:").begins_stack);
    CHECK(facts_of("Jun 18 20:37:40 host kernel: [   12.345678] Call Trace:").begins_stack);
    CHECK(facts_of("> [    1.000000] ------------[ cut here ]------------").begins_stack);
    CHECK(
        facts_of(R"({"log":"[    1.000000] BUG: x\n[    1.000000] Call Trace:\n"})").begins_stack);
}

TEST_CASE("report facts: other lines of a report are no head of a stack") {
    CHECK_FALSE(facts_of("BUG: kernel NULL pointer dereference").begins_stack);
    CHECK_FALSE(facts_of("RIP: 0010:do_fork+0x10/0x30").begins_stack);
    CHECK_FALSE(facts_of("Backtrace:").begins_stack);
    CHECK_FALSE(facts_of(" do_fork+0x10/0x30").begins_stack);
}

TEST_CASE("report facts: a process that only a kernel with patched code has") {
    CHECK(facts_of("CPU: 0 PID: 7 Comm: x Not tainted 6.1.0-44-amd64 #1").has_started);
    CHECK(facts_of("CPU: 1 PID: 0 Comm: swapper/1 Not tainted 6.1.0-44-amd64 #1").has_started);
    CHECK(facts_of("CPU: 3 UID: 0 PID: 748 Comm: sh Not tainted 6.12.6 #3").has_started);
    CHECK_FALSE(
        facts_of("CPU: 0 PID: 0 Comm: swapper/0 Not tainted 6.1.0-44-amd64 #1").has_started);
    CHECK_FALSE(facts_of("CPU: 0 UID: 0 PID: 0 Comm: swapper/0 Not tainted 6.12.6 #3").has_started);
}

TEST_CASE("report facts: the segment that the kernel's code runs in") {
    CHECK(facts_of("RIP: 0010:do_fork+0x10/0x30").kernel_segment == 0x10);
    CHECK(
        facts_of("[    1.000000] RIP: 0010:[<ffffffff812e89f9>]  [<ffffffff812e89f9>] f+0x10/0x30")
            .kernel_segment == 0x10);
    CHECK(facts_of("RIP: e030:do_fork+0x10/0x30").kernel_segment == 0xe030);
    CHECK(facts_of("RIP: 0033:0x7f1122334455").kernel_segment == 0);
    CHECK(facts_of("RIP: do_fork+0x10/0x30 RSP: ffffc90000003e38").kernel_segment == 0);
}
