#include "output/core_report.h"

#include <doctest/doctest.h>

#include "output/frames.h"

using namespace symline;
using namespace symline::output;

namespace {

CoreReport report() {
    CoreReport made;
    made.core = "core.1";
    made.process.pid = 10;
    made.process.signal = 11;
    made.process.code = 1;
    made.process.fault_address = 8;
    made.process.fault_place = "near a null pointer";
    made.process.program = "/bin/p";
    made.process.build_id = BuildId::parse("0102");
    CoreThreadReport thread;
    thread.tids = {10};
    thread.name = "p\x1b";
    thread.crashing = true;
    CoreFrame frame;
    frame.pc = 0x401126;
    frame.module = "/bin/p";
    frame.offset = 0x1126;
    frame.unwound_by = UnwoundBy::registers;
    frame.frames = test::inline_chain();
    frame.source = {{}, {{3, "a"}, {4, "\tb"}}, {}};
    thread.frames.push_back(frame);
    CoreFrame lost;
    lost.pc = 0x7f0000001000;
    lost.module = "/lib/libx.so";
    lost.offset = 0x1000;
    lost.unwound_by = UnwoundBy::frame_pointer;
    lost.miss = "no file '/lib/libx.so'";
    thread.frames.push_back(lost);
    thread.frames.push_back(lost);
    thread.stopped = "the stack at 0x8 is not there";
    made.threads.push_back(thread);
    return made;
}

std::string text(const CoreReport& shown) {
    std::string out;
    NameStyle names;
    names.functions = Functions::linkage;
    append_core_heading(out, shown);
    for (const auto& each : shown.threads) append_core_thread(out, shown, each, names);
    return out;
}

}  // namespace

TEST_CASE("a core as text") {
    CHECK(text(report()) == R"(core: core.1
program: /bin/p (build id 0102)
signal: SIGSEGV, address not mapped, address 0x8 (near a null pointer)

Thread 10 "p\x1b" (crashed):
#0  0x0000000000401126 in3 at /src/t.c:3 (inlined)
                       in2 at /src/t.c:4 (inlined)
        3  : a
        4 >: 	b
                       outer at /src/t.c:5 [p+0x1126]
#1  0x00007f0000001000 libx.so+0x1000 (found by frame pointer) (no file '/lib/libx.so')
#2  0x00007f0000001000 libx.so+0x1000 (found by frame pointer)
    stopped: the stack at 0x8 is not there
)");
}

TEST_CASE("the code that a signal's handler returns to is marked, with a name and without") {
    auto shown = report();
    auto& frames = shown.threads[0].frames;
    frames[0].frames.resize(1);
    frames[0].source.clear();
    frames[0].signal_return = frames[1].signal_return = true;
    const auto out = text(shown);
    CHECK(out.find(" [p+0x1126] (signal handler called)\n") != std::string::npos);
    CHECK(out.find("libx.so+0x1000 (signal handler called) (found by frame pointer)\n") !=
          std::string::npos);
}

TEST_CASE("a cycle of functions that call one another is said once") {
    auto shown = report();
    auto& frames = shown.threads[0].frames;
    CoreFrame one = frames[1], other = frames[1], last = frames[1];
    other.pc += 8;
    last.pc += 16;
    frames.clear();
    for (int i = 0; i < 10; ++i) frames.insert(frames.end(), {one, other});
    frames.push_back(last);
    const auto out = text(shown);
    CHECK(out.find("#1 ") != std::string::npos);
    CHECK(out.find("    #2 to #19: the same 2 frames, 9 times\n#20 ") != std::string::npos);
    // Three times two frames are no more to read.
    frames.resize(6);
    CHECK(text(shown).find("the same") == std::string::npos);
}

TEST_CASE("of a deep stack the innermost and the outermost frames are shown") {
    auto shown = report();
    auto& frames = shown.threads[0].frames;
    const CoreFrame lost = frames[1];
    frames.clear();
    for (std::uint64_t i = 0; i < 161; ++i) {
        frames.push_back(lost);
        frames.back().pc = 0x1000 + i * i;
    }
    const auto out = text(shown);
    CHECK(out.find("#63 ") != std::string::npos);
    CHECK(out.find("    #64 to #144: left out (--frames=all shows them)\n#145 ") !=
          std::string::npos);
    CHECK(out.find("#160 ") != std::string::npos);
    shown.shown.reset();
    CHECK(text(shown).find("left out") == std::string::npos);
    shown.shown = ShownFrames{.innermost = 2, .outermost = 0};
    CHECK(text(shown).find("    #2 to #160: left out") != std::string::npos);
    shown.shown = ShownFrames();
    frames.resize(160);
    CHECK(text(shown).find("left out") == std::string::npos);
}

TEST_CASE("frames that repeat are said once") {
    auto shown = report();
    auto& frames = shown.threads[0].frames;
    const CoreFrame lost = frames[1];
    frames.assign(20, lost);
    const auto out = text(shown);
    CHECK(out.find("#0 ") != std::string::npos);
    CHECK(out.find("    #1 to #18: the same\n") != std::string::npos);
    CHECK(out.find("#19 0x") != std::string::npos);
    CHECK(out.find("#2 ") == std::string::npos);
}

TEST_CASE("a core as JSON") {
    std::string out;
    auto shown = report();
    shown.threads[0].frames.resize(2);
    append_core_json(out, shown);
    CHECK(out.starts_with(
        R"({"core":"core.1","pid":10,"signal":"SIGSEGV","signal_number":11,"si_code":1,)"
        R"("si_code_name":"SEGV_MAPERR","fault_address":"0x8",)"
        R"("fault_place":"near a null pointer","program":"/bin/p",)"
        R"("build_id":"0102","threads":[{"tid":10,"name":"p\u001b","crashing":true,"frames":[)"
        R"({"pc":"0x401126","module":"/bin/p","offset":"0x1126","unwound_by":"registers","frames":[)"
        R"({"function":"in3","file":"/src/t.c","line":3,"inlined":true},)"
        R"({"function":"in2","file":"/src/t.c","line":4,"inlined":true,)"
        R"("source":[{"line":3,"text":"a"},{"line":4,"text":"\tb"}]},)"));
    CHECK(out.ends_with(
        R"("unwound_by":"frame pointer","frames":[],"miss":"no file '/lib/libx.so'"}],)"
        R"("stopped":"the stack at 0x8 is not there"}]})"
        "\n"));
}

TEST_CASE("a core as JSON: who sent the signal, the auxiliary vector, wide registers") {
    auto shown = report();
    shown.process.signal = 6;
    shown.process.code = -6;
    shown.process.fault_address.reset();
    shown.process.fault_place.clear();
    shown.process.sender = 99;
    shown.process.sender_user = 1000;
    shown.process.auxiliary = {{33, 0x7ff0}, {99, 5}};
    shown.threads.resize(1);
    auto& thread = shown.threads[0];
    thread.frames.clear();
    thread.registers = {{"rip", 0x401126}};
    thread.extended_registers = {{"xmm0", {1, 2, 0, 0}}, {"xmm1", {0, 0}}};
    std::string out;
    append_core_json(out, shown);
    CHECK(out ==
          R"({"core":"core.1","pid":10,"signal":"SIGABRT","signal_number":6,"si_code":-6,)"
          R"("si_code_name":"SI_TKILL","sender_pid":99,"sender_uid":1000,"program":"/bin/p",)"
          R"("build_id":"0102","auxv":[{"type":33,"name":"AT_SYSINFO_EHDR","value":"0x7ff0"},)"
          R"({"type":99,"value":"0x5"}],"threads":[{"tid":10,"name":"p\u001b","crashing":true,)"
          R"("registers":{"rip":"0x401126"},"extended_registers":{"xmm0":"0x201","xmm1":"0x0"},)"
          R"("frames":[],"stopped":"the stack at 0x8 is not there"}]})"
          "\n");
    CHECK(text(shown).find("         rip 0x0000000000401126\n"
                           "        xmm0 0x201\n"
                           "        xmm1 0x0\n") != std::string::npos);
}

TEST_CASE("a signal without siginfo has no code, and the kernel's own no address") {
    auto shown = report();
    shown.process.code.reset();
    shown.process.fault_address.reset();
    shown.process.fault_place.clear();
    CHECK(text(shown).find("signal: SIGSEGV\n") != std::string::npos);
    std::string out;
    append_core_json(out, shown);
    CHECK(out.find("si_code") == std::string::npos);
    shown.process.code = 128;
    CHECK(text(shown).find("signal: SIGSEGV, not a canonical address, or another fault without "
                           "one\n") != std::string::npos);
}
