#include "decode/code_lines.h"

#include <doctest/doctest.h>

#include <optional>

#include "log/parser.h"
#include "support/files.h"
#include "symline/disassembler.h"

using namespace symline;
using namespace symline::decode;
using symline::test::fixture;

namespace {

constexpr std::string_view kOwnBytes =
    "89 c3 85 c0 0f 88 55 01 00 00 <89> c7 e8 99 ff ff ff 01 d8 5b c3";
constexpr std::string_view kOtherBytes =
    "48 89 e5 48 83 ec 28 8b 45 08 <83> c0 01 31 d2 89 c7 85 ff 31 c0";

/// The parts of a Decoder that a "Code:" line takes.
struct Lines {
    DecoderOptions options;
    KernelsOfText kernels;
    FrameResolver resolver{options, kernels};
    CodeLines code{options, kernels, resolver};
    log::Parser parser;
    log::ParsedLine parsed;

    explicit Lines(bool disassembles = true) : options(wanted(disassembles)), kernels(options) {}

    static DecoderOptions wanted(bool disassembles) {
        DecoderOptions options;
        options.vmlinux = fixture("mini-vmlinux-gcc");
        if (disassembles) options.disassembler = make_disassembler;
        return options;
    }
    void read(std::string_view line) {
        parser.parse(line, parsed);
        code.take(parsed);
    }
};

}  // namespace

TEST_CASE("code lines: the bytes are those at the program counter above") {
    Lines lines;
    lines.read("RIP: 0010:do_fork+0x10/0x30");
    const auto code = lines.code.decode(kOwnBytes);
    REQUIRE(code.has_value());
    CHECK(code->has_file);
    CHECK(code->listing.match == CodeMatch::same);
    REQUIRE(code->pc.has_value());
    CHECK(code->pc->symbol == "do_fork");
    CHECK(code->pc->offset == 0x10);
    CHECK(lines.code.take_notices().empty());
}

TEST_CASE("code lines: the program counter is that of the same report") {
    Lines lines;
    lines.read("RIP: 0010:do_fork+0x10/0x30");
    lines.read("BUG: kernel NULL pointer dereference, address: 0000000000000000");
    const auto code = lines.code.decode(kOwnBytes);
    REQUIRE(code.has_value());
    CHECK_FALSE(code->has_file);
    CHECK_FALSE(code->pc.has_value());
    CHECK(code->place == nullptr);
}

TEST_CASE("code lines: a file that has other bytes there is refused, and said to be") {
    Lines lines;
    lines.read("RIP: 0010:do_fork+0x10/0x30");
    const auto code = lines.code.decode(kOtherBytes);
    REQUIRE(code.has_value());
    CHECK(code->listing.match == CodeMatch::differs);
    CHECK(code->place == nullptr);
    CHECK(lines.kernels.current().refused(*lines.kernels.current().vmlinux()));
    const auto notices = lines.kernels.take_notices();
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].about.file.contains("mini-vmlinux-gcc"));
}

TEST_CASE("code lines: nothing is listed without a disassembler, or of what are no bytes") {
    Lines without(false);
    without.read("RIP: 0010:do_fork+0x10/0x30");
    CHECK_FALSE(without.code.decode(kOwnBytes).has_value());
    Lines lines;
    lines.read("RIP: 0010:do_fork+0x10/0x30");
    CHECK_FALSE(lines.code.decode("Unable to access opcode bytes at 0x4.").has_value());
    CHECK_FALSE(lines.code.decode("89 c3 zz").has_value());
}

TEST_CASE("code lines: a disassembler that is not there is said once, with the reason") {
    const auto problem_with = [](const DisassemblerMaker& maker) {
        Lines fresh(false);
        fresh.options.disassembler = maker;
        fresh.read("RIP: 0010:do_fork+0x10/0x30");
        CHECK_FALSE(fresh.code.decode(kOwnBytes).has_value());
        CHECK_FALSE(fresh.code.decode(kOwnBytes).has_value());
        const auto notices = fresh.code.take_notices();
        REQUIRE(notices.size() == 1);
        return describe(notices[0]);
    };
    CHECK(problem_with([](const CodeTarget&) { return nullptr; }) ==
          "no disassembler for the code of x86_64");
    CHECK(problem_with([](const CodeTarget&) {
              return std::unexpected(Error{ErrorCode::not_found, "d.so", "'d.so' is not there"});
          }) == "no disassembler for the code of x86_64: 'd.so' is not there");
}
