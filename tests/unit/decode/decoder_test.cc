#include "symline/decoder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "decode/decoded_places.h"
#include "symline/kernel.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

TEST_CASE("decoder: a line is data, with where it came from") {
    Decoder decoder(with_vmlinux());
    decoder.feed("[    1.000000]  do_fork+0x10/0x30\r\n");
    const DecodedLine* line = decoder.next();
    CHECK(line == nullptr);
    CHECK(decoder.needs() == Decoder::Needs::lines);
    decoder.no_more_now();
    line = decoder.next();
    REQUIRE(line != nullptr);
    CHECK(line->text == "[    1.000000]  do_fork+0x10/0x30");
    CHECK(line->end == "\r\n");
    CHECK(line->number == 1);
    CHECK(line->text.substr(0, line->margin) == "[    1.000000]  ");
    const LoggedFrame& logged = line->frames.at(0).logged;
    CHECK(line->text.substr(logged.begin, logged.size) == "do_fork+0x10/0x30");
    CHECK(logged.offset == 0x10);
    CHECK(logged.symbol_size == 0x30);
    const DecodedCandidate& candidate = line->frames[0].place->candidates.at(0);
    CHECK(candidate.module->path() == fixture("mini-vmlinux-gcc"));
    CHECK(candidate.found_by == FoundBy::explicit_path);
    CHECK(candidate.address.value == candidate.start.value + 0x10);
    CHECK(decoder.source_root().empty() == false);
}

TEST_CASE("decoder: the same answers wherever the text was cut") {
    const std::string text =
        "BUG: KASAN: slab-out-of-bounds in do_fork+0x6/0x30\n"
        "CPU: 0 PID: 1 Comm: a Not tainted 6.1.0-gcc #1\n"
        "INFO: task b:2 blocked for more than 120 seconds.\n"
        "      Not tainted 6.2.0-clang #1\n"
        " do_fork+0x10/0x50\n";
    Decoder whole(two_kernels());
    const auto wanted = places(whole, text);
    CHECK(wanted == Places{"kernel/fork.c:14", "", "", "", "kernel/fork.c:19"});
    for (std::size_t cut = 0; cut < text.size(); cut += 7) {
        Decoder decoder(two_kernels());
        Places found;
        const auto take = [&] {
            while (const DecodedLine* line = decoder.next()) {
                found.push_back(line->frames.empty() ? "" : place_of(line->frames[0]));
            }
        };
        decoder.feed(std::string_view(text).substr(0, cut));
        take();
        decoder.feed(std::string_view(text).substr(cut));
        take();
        decoder.end();
        take();
        CHECK(found == wanted);
    }
}

TEST_CASE("decoder: a report's first frame is worth waiting for the line that names its kernel") {
    Decoder decoder(two_kernels());
    decoder.feed("WARNING: CPU: 0 PID: 1 at kernel/fork.c:15 do_fork+0x10/0x50\n");
    CHECK(decoder.next() == nullptr);
    CHECK(decoder.needs() == Decoder::Needs::report);
    decoder.feed("CPU: 0 PID: 1 Comm: a Not tainted 6.2.0-clang #1\n");
    const DecodedLine* line = decoder.next();
    REQUIRE(line != nullptr);
    CHECK(place_of(line->frames.at(0)) == "kernel/fork.c:19");
    CHECK(decoder.release() == "6.2.0-clang");
    // Given up: what is there has to do.
    Decoder other(two_kernels());
    other.feed("WARNING: CPU: 0 PID: 1 at kernel/fork.c:15 do_fork+0x10/0x50\n");
    CHECK(other.next() == nullptr);
    other.no_more_now();
    CHECK(other.next() != nullptr);
}

TEST_CASE("decoder: a fixed kernel waits for no release") {
    Decoder decoder(with_vmlinux());
    decoder.feed("WARNING: CPU: 0 PID: 1 at kernel/fork.c:15 do_fork+0x10/0x30\n");
    CHECK(decoder.next() == nullptr);
    CHECK(decoder.needs() == Decoder::Needs::lines);
}

TEST_CASE("decoder: the lines of two hosts are of their own kernels") {
    Decoder decoder(two_kernels());
    const std::string alpha = "Jun 18 20:37:40 alpha kernel: [    1.0] ";
    const std::string beta = "Jun 18 20:37:40 beta kernel: [    7.0] ";
    CHECK(places(decoder, alpha + "CPU: 0 PID: 1 Comm: a Not tainted 6.1.0-gcc #1\n" + beta +
                              "CPU: 0 PID: 1 Comm: b Not tainted 6.2.0-clang #1\n" + alpha +
                              " [<ffffffff83000236>] do_fork+0x6/0x30\n" + beta +
                              " [<ffffffff85000310>] do_fork+0x10/0x50\n" + alpha +
                              " [<ffffffff83000236>]\n" + beta + " [<ffffffff85000310>]\n") ==
          Places{"", "", "kernel/fork.c:14", "kernel/fork.c:19", "kernel/fork.c:14",
                 "kernel/fork.c:19"});
}

TEST_CASE("decoder: of several functions of one name, the warning's or the callers' one") {
    Decoder decoder(with_vmlinux());
    CHECK(places(decoder, "WARNING: CPU: 0 PID: 1 at drivers/second.c:11 probe_one+0x4/0x20\n") ==
          Places{"drivers/second.c:11"});
    Decoder fresh(with_vmlinux());
    CHECK(places(fresh, " reset+0x4/0x20\n") == Places{"drivers/first.c:4 or drivers/second.c:4"});
    auto options = with_vmlinux();
    options.module_directories = {fixture("two-kernels/lib/modules/6.1.0-gcc")};
    Decoder modules(options);
    CHECK(places(modules, "@[\n    worker+16\n    mini_second+9\n]: 1\n").at(1) == "./mini.h:13");
    CHECK(places(modules, "@[\n    worker+16\n    mini_entry+20\n]: 1\n").at(1) == "./first.c:16");
}

TEST_CASE("decoder: a name of the kernel in a program's stack is not the kernel's") {
    Decoder decoder(with_vmlinux());
    const auto found = places(decoder, "@[\n    __libc_poll+79\n    do_fork+11\n]: 2\n");
    CHECK(found.at(2) == "(no call ends there in the kernel)");
    CHECK(places(decoder, "@[\n    sched_fork+32\n    do_fork+11\n]: 2\n").at(2) ==
          "kernel/fork.c:15");
}

TEST_CASE("decoder: a file of another build answers no frame, not even the first one") {
    Decoder decoder(with_vmlinux());
    std::string text;
    for (const char* name : {"do_fork", "panic", "kernel_init", "sched_fork", "trace_depth",
                             "first_probe", "second_probe", "rest_init"}) {
        text += std::string(" ") + name + "+0x1/0x999\n";
    }
    for (const auto& place : places(decoder, text + " do_fork+0x10/0x30\n")) {
        CHECK(place == "(the file is of another build)");
    }
    const auto notices = decoder.take_notices();
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].about.message.contains("not its own"));
    CHECK(decoder.take_notices().empty());
}

TEST_CASE("decoder: a Code: line is compared with the file") {
    Decoder decoder(with_vmlinux());
    const auto code_of = [&](std::string_view bytes) {
        decoder.begin_text();
        decoder.feed("RIP: 0010:do_fork+0x10/0x30\nCode: ");
        decoder.feed(bytes);
        decoder.end();
        static_cast<void>(decoder.next());
        const DecodedLine* line = decoder.next();
        REQUIRE(line != nullptr);
        REQUIRE(line->code.has_value());
        return *line->code;
    };
    const auto same = code_of("89 c3 85 c0 0f 88 55 01 00 00 <89> c7 e8 99 ff ff ff 01 d8 5b c3");
    CHECK(same.has_file);
    CHECK(same.listing.match == CodeMatch::same);
    CHECK(same.listing.architecture == "x86_64");
    CHECK(same.listing.symbol_offset == 0x10);
    CHECK(same.pc->symbol == "do_fork");
    CHECK(place_of(same.place->candidates.at(0)) == "kernel/fork.c:19");
    const auto marked =
        std::ranges::find(same.listing.instructions, true, &CodeInstruction::trapping);
    REQUIRE(marked != same.listing.instructions.end());
    CHECK(marked->text == "movl %eax, %edi");
    const auto other = code_of("48 89 e5 48 83 ec 28 8b 45 08 <83> c0 01 31 d2 89 c7 85 ff 31 c0");
    CHECK(other.listing.match == CodeMatch::differs);
    CHECK(other.place == nullptr);
    CHECK(places(decoder, " do_fork+0x10/0x30\n") == Places{"(the file is of another build)"});
}

TEST_CASE("decoder: frames that are named only, and looked up by whoever wants them") {
    auto options = with_vmlinux();
    options.resolve_frames = false;
    Decoder decoder(options);
    decoder.feed(" do_fork+0x10/0x30\n");
    decoder.end();
    const DecodedLine* line = decoder.next();
    REQUIRE(line != nullptr);
    CHECK(line->frames.empty());
    LoggedFrame named;
    named.symbol = "sched_fork";
    named.offset = 0x46;
    named.symbol_size = 0x90;
    CHECK(place_of(decoder.resolve(named)) == "kernel/sched.c:40");
    options.exact = true;
    Decoder exact(options);
    CHECK(place_of(exact.resolve(named)) == "kernel/sched.c:41");
}

TEST_CASE("decoder: what was looked for and not found") {
    Decoder decoder(two_kernels());
    CHECK(decoder.missing_files().empty());
    CHECK(places(decoder, "CPU: 0 PID: 1 Comm: a Not tainted 6.9.9-none #1\n do_fork+0x10/0x30\n")
              .at(1) == "(no vmlinux)");
    const auto missing = decoder.missing_files();
    REQUIRE(missing.size() == 1);
    CHECK(missing[0].release == "6.9.9-none");
}

TEST_CASE("decoder: what was looked for and not found of a given kernel") {
    Kernel kernel({.release = "6.9.9-none", .debug_files = two_kernels().debug_files});
    Decoder decoder({.kernel = &kernel});
    CHECK(decoder.missing_files().empty());
    CHECK(places(decoder, " do_fork+0x10/0x30\n").at(0) == "(no vmlinux)");
    REQUIRE(decoder.missing_files().size() == 1);
    CHECK(decoder.missing_files()[0].release == "6.9.9-none");
}

TEST_CASE("decoder: a named vmlinux of another build is refused, or used and marked") {
    const std::string text =
        "CPU: 1 PID: 75 Comm: x Not tainted 6.1.0-gcc #1 00112233445566778899aabbccddeeff00112233\n"
        " do_fork+0x10/0x30\n";
    auto options = with_vmlinux();
    Decoder refusing(options);
    CHECK(places(refusing, text)[1] == "(no vmlinux)");
    REQUIRE(refusing.take_notices().size() == 1);
    options.mismatch = BuildMismatch::warn;
    Decoder decoder(options);
    decoder.feed(text + " sched_fork+0x10/0x99\n");
    decoder.end();
    CHECK(decoder.next() != nullptr);
    const DecodedLine* line = decoder.next();
    REQUIRE(line != nullptr);
    REQUIRE(line->frames.size() == 1);
    CHECK(place_of(line->frames[0]) == "kernel/fork.c:19");
    CHECK(line->frames[0].place->other_build);
    CHECK(line->kernel_build_id == "00112233445566778899aabbccddeeff00112233");
    CHECK(line->release == "6.1.0-gcc");
    line = decoder.next();
    REQUIRE(line != nullptr);
    CHECK(line->frames[0].place->candidates.empty());
    const auto notices = decoder.take_notices();
    REQUIRE(notices.size() == 1);
    CHECK(describe(notices[0]).contains("is of another build, and used: build id 486c0164"));
}

TEST_CASE(
    "decoder: only the frames of another release than a named vmlinux are refused or marked") {
    const std::string text =
        "WARNING: CPU: 0 PID: 1 at kernel/fork.c:15 do_fork+0x10/0x30\n"
        "CPU: 1 PID: 75 Comm: x Not tainted 6.2.0-clang #1\n"
        " do_fork+0x10/0x30\n"
        "CPU: 1 PID: 75 Comm: x Not tainted 5.4.0-crash #1\n"
        " do_fork+0x10/0x30\n";
    DecoderOptions options;
    options.vmlinux = fixture("dump/boot/vmlinux-5.4.0-crash");
    const std::string place = "kernel/fork.c:19";
    Decoder plain(options);
    CHECK(places(plain, text) == Places{place, "", place, "", place});
    REQUIRE(plain.take_notices().size() == 1);
    options.release_mismatch = BuildMismatch::refuse;
    Decoder refusing(options);
    CHECK(places(refusing, text) == Places{"(no vmlinux)", "", "(no vmlinux)", "", place});
    REQUIRE(refusing.missing_files().size() == 1);
    CHECK(refusing.missing_files()[0].release == "6.2.0-clang");
    options.release_mismatch = BuildMismatch::warn;
    Decoder marking(options);
    marking.feed(text);
    marking.end();
    std::vector<bool> marked;
    while (const DecodedLine* line = marking.next()) {
        for (const auto& frame : line->frames) marked.push_back(frame.place->other_build);
    }
    CHECK(marked == std::vector<bool>{true, true, false});
}

TEST_CASE("decoder: a file of the right build is not marked, whatever becomes of others") {
    auto options = with_vmlinux();
    options.mismatch = BuildMismatch::warn;
    Decoder decoder(options);
    decoder.feed(" do_fork+0x10/0x30\n");
    decoder.end();
    const DecodedLine* line = decoder.next();
    REQUIRE(line != nullptr);
    CHECK_FALSE(line->frames[0].place->other_build);
}

TEST_CASE("decoder: a Kernel Offset below the addresses of its report is theirs") {
    const std::string address = "[   15.1]  [<ffffffff89000240>] 0xffffffff89000240\n";
    const std::string offset =
        "[   44.1] Kernel Offset: 0x8000000 from 0xffffffff81000000 (relocation range: x)\n";
    Decoder decoder(with_vmlinux());
    CHECK(places(decoder, address + offset)[0] == "kernel/fork.c:19");
    Decoder other_boot(with_vmlinux());
    CHECK(places(other_boot, address + "[ 0.0] Linux version 6.1.0 (x) #1\n" + offset)[0] !=
          "kernel/fork.c:19");
    Decoder far(with_vmlinux());
    std::string lines;
    for (int i = 0; i < 500; ++i) lines += address;
    const auto found = places(far, lines + offset);
    CHECK(found.front() == "kernel/fork.c:19");
    CHECK(found[499] == "kernel/fork.c:19");
    // The file was named: what names the release below it is of the same report.
    Decoder named(with_vmlinux());
    const std::string cpu = "[   15.2] CPU: 0 PID: 1 Comm: a Not tainted 6.1.0-gcc #1\n";
    CHECK(places(named, address + cpu + offset)[0] == "kernel/fork.c:19");
    Decoder other_kernel(with_vmlinux());
    const std::string other_cpu = "[   15.3] CPU: 0 PID: 1 Comm: a Not tainted 6.2.0 #1\n";
    CHECK(places(other_kernel, cpu + address + other_cpu + offset)[1] != "kernel/fork.c:19");
    // A live log is not waited for.
    Decoder live(with_vmlinux());
    live.feed(address);
    CHECK(live.next() == nullptr);
    CHECK(live.needs() == Decoder::Needs::lines);
    live.no_more_now();
    CHECK(live.next() != nullptr);
}

TEST_CASE("decoder: with a vmlinux or a release given no line waits for a report") {
    for (const bool by_release : {false, true}) {
        auto options = by_release ? two_kernels() : with_vmlinux();
        if (by_release) options.release = "6.1.0-gcc";
        Decoder decoder(std::move(options));
        decoder.feed("------------[ cut here ]------------\nRIP: 0010:do_fork+0x10/0x30\n");
        while (decoder.next() != nullptr) {
        }
        CHECK(decoder.needs() == Decoder::Needs::lines);
    }
}

TEST_CASE("decoder: where a line is from") {
    Decoder decoder(two_kernels());
    decoder.feed(
        "Nov 27 19:40:05 web1 kernel: [   15.1] CPU: 1 PID: 75 Comm: x Not tainted 6.1.0-gcc #1\n"
        "Nov 27 19:40:06 web1 kernel: [   15.2]  do_fork+0x10/0x30\n"
        "no frame\n");
    decoder.end();
    CHECK(decoder.next() != nullptr);
    const DecodedLine* line = decoder.next();
    REQUIRE(line != nullptr);
    CHECK(line->host == "web1");
    CHECK(line->release == "6.1.0-gcc");
    CHECK(line->kernel_build_id.empty());
    CHECK(decoder.time() == "Nov 27 19:40:06");
    line = decoder.next();
    REQUIRE(line != nullptr);
    CHECK(line->host.empty());
    CHECK(decoder.time().empty());
}

namespace {

/// The answers to the frames of a text.
std::vector<std::shared_ptr<const DecodedPlace>> answers(Decoder& decoder, std::string_view text) {
    decoder.feed(text);
    decoder.end();
    std::vector<std::shared_ptr<const DecodedPlace>> found;
    while (const DecodedLine* line = decoder.next()) {
        for (const DecodedFrame& frame : line->frames) found.push_back(frame.place);
    }
    return found;
}

}  // namespace

TEST_CASE("decoder: why there is no candidate is a KernelMiss where a kernel was asked") {
    Decoder decoder(with_vmlinux());
    const auto found =
        answers(decoder,
                " nobody+0x4/0x20\n do_fork+0x10/0x99\n f+0x4/0x20 [absent]\n"
                " do_fork+0x10/0x30\n    #0 0x4a1100 in f (/nowhere/program+0x10)\n");
    REQUIRE(found.size() == 5);
    REQUIRE(found[0]->kernel_miss);
    CHECK(found[0]->kernel_miss->code == KernelMiss::no_symbol);
    CHECK(found[0]->miss == describe(*found[0]->kernel_miss));
    CHECK(found[1]->kernel_miss ==
          KernelMiss{KernelMiss::other_size, "mini-vmlinux-gcc", 0x30, 0x99});
    CHECK(found[1]->miss == describe(*found[1]->kernel_miss));
    REQUIRE(found[2]->kernel_miss);
    CHECK(found[2]->kernel_miss->code == KernelMiss::no_module);
    CHECK_FALSE(found[3]->kernel_miss);
    CHECK(found[3]->miss.empty());
    CHECK_FALSE(found[4]->of_kernel);
    CHECK_FALSE(found[4]->kernel_miss);
    CHECK(found[4]->miss == "no such file");
}

TEST_CASE("decoder: a candidate without frames says why, and keeps the error of a damaged file") {
    Decoder decoder(with_vmlinux());
    const auto frame = [](std::string_view file) {
        return "    #0 0x4a1138  (" + fixture(file) + "+0x4a1138)\n";
    };
    // Between two functions, where no symbol helps out.
    const auto found = answers(decoder, frame("stripped-all") + frame("bad/unit-version-99"));
    REQUIRE(found.size() == 2);
    REQUIRE(found[0]->candidates.size() == 1);
    REQUIRE(found[0]->candidates[0].miss);
    CHECK(*found[0]->candidates[0].miss == Miss::no_debug_info);
    CHECK(describe(*found[0]->candidates[0].miss) == describe(Miss::no_debug_info));
    CHECK_FALSE(found[0]->candidates[0].error);
    REQUIRE(found[1]->candidates.size() == 1);
    CHECK(found[1]->candidates[0].frames.empty());
    CHECK(found[1]->candidates[0].miss == Miss::no_debug_info);
    REQUIRE(found[1]->candidates[0].error);
    CHECK(found[1]->candidates[0].error->code == ErrorCode::malformed);
    CHECK(found[1]->candidates[0].error->file == fixture("bad/unit-version-99"));
}

TEST_CASE("decoder: who wrote a frame, and what it is, are enumerators with names") {
    Decoder decoder(with_vmlinux());
    decoder.feed("RIP: 0010:do_fork+0x10/0x30\n ? do_fork+0x10/0x30\n");
    decoder.end();
    const LoggedFrame exact = decoder.next()->frames.at(0).logged;
    CHECK(exact.format == LogFormat::oops);
    CHECK(exact.kind == FrameKind::exact);
    CHECK(decoder.next()->frames.at(0).logged.kind == FrameKind::unreliable);
    CHECK(name_of(LogFormat::perf_script) == "perf_script");
    CHECK(name_of(FrameKind::unreliable) == "unreliable");
}
