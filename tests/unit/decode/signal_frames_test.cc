#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "decode/decoded_places.h"

using namespace symline;
using namespace symline::test;

namespace {

/// What calls setup(), and what stands after that call, another line.
constexpr std::string_view kAfterCall = "(+0x310cc)[0x5555555650cc]\n";
const std::string kCall = "c/main.c:51", kInterrupted = "c/main.c:52";

}  // namespace

TEST_CASE("decoder: a signal interrupted the frame that its handler returns to") {
    const std::string program = fixture("c-gcc-pie");
    Decoder decoder{DecoderOptions{}};
    const std::string frame = program + std::string(kAfterCall);
    CHECK(places(decoder, frame + frame) == Places{kCall, kCall});
    // The file of the C library need not be there where the text has its symbol.
    const std::string handler = "/nonexistent/libc.so(__restore_rt+0x0)[0x7ffff7dd2050]\n";
    CHECK(places(decoder, handler + frame + frame) ==
          Places{"(no such file)", kInterrupted, kCall});
    // The next stack begins with what its first frame says.
    CHECK(places(decoder, handler + "Stack trace of thread 7:\n" + frame) ==
          Places{"(no such file)", "", kCall});
    decoder.begin_text();
    decoder.feed(handler + frame + frame);
    decoder.end();
    for (const FrameKind kind : {FrameKind::exact, FrameKind::exact, FrameKind::call}) {
        const DecodedLine* line = decoder.next();
        REQUIRE(line != nullptr);
        CHECK(line->frames.at(0).logged.kind == FrameKind::call);
        CHECK(line->frames[0].kind() == kind);
    }
    auto options = DecoderOptions{};
    options.text_decides = true;
    Decoder by_text(options);
    CHECK(places(by_text, handler + frame) == Places{"(no such file)", kCall});
}

TEST_CASE("decoder: what signal handlers return to is known by its instructions, too") {
    const TemporaryFolder folder;
    const std::string program = folder.copy("program", fixture("c-gcc-pie"));
    auto bytes = read_whole(program);
    // without_lines(), in place of a C library's code: mov $15, %rax; syscall
    const ByteVector code{0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};
    std::ranges::copy(code, bytes.begin() + 0x1420);
    const std::string library = folder.write("library", bytes);
    const std::string at_code = "(+0x31420)[0x7ffff7dd2420]\n";
    Decoder decoder{DecoderOptions{}};
    const std::string frame = program + std::string(kAfterCall);
    CHECK(places(decoder, library + at_code + frame).back() == kInterrupted);
    CHECK(places(decoder, program + at_code + frame).back() == kCall);
}
