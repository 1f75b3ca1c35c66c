#include "decode/code_comparison.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "symline/disassembler.h"

using namespace symline;
using namespace symline::decode;

namespace {

using Bytes = std::span<const std::uint8_t>;
using ByteVector = std::vector<std::uint8_t>;
constexpr CodeTarget kX86_64{Isa::x86, true, false};

std::vector<CodeInstruction> apart(const ByteVector& bytes, std::size_t marked,
                                   const FileCode& file = {}, const CodeTarget& target = kX86_64) {
    const auto disassembler = make_disassembler(target);
    return take_apart({bytes, marked}, *disassembler, target, 0x1000, file);
}

std::vector<std::int64_t> offsets(const std::vector<CodeInstruction>& instructions) {
    std::vector<std::int64_t> all;
    for (const auto& each : instructions) all.push_back(each.offset);
    return all;
}

/// mov, sub, ud2, mov, add, xor: nothing that a kernel patches but for the ud2.
const ByteVector kCode{0x48, 0x89, 0xe5, 0x48, 0x83, 0xec, 0x28, 0x0f, 0x0b, 0x8b, 0x45,
                       0x08, 0x83, 0xc0, 0x01, 0x31, 0xd2, 0x89, 0xc7, 0x85, 0xff};

CodeMatch match(const ByteVector& running, const ByteVector& file,
                const CodeTarget& target = kX86_64) {
    auto instructions = apart(running, 0, {}, target);
    return compare(instructions, target, {.bytes = file});
}

}  // namespace

TEST_CASE("code listing: words become bytes in the machine's order") {
    const log::CodeText words{4, {0xf9400021}, 0};
    const ByteVector little{0x21, 0x00, 0x40, 0xf9};
    const ByteVector big{0xf9, 0x40, 0x00, 0x21};
    CHECK(code_bytes(words, {Isa::arm64, true, false}).bytes == little);
    // arm64's instructions are little-endian in a big-endian kernel, too.
    CHECK(code_bytes(words, {Isa::arm64, true, true}).bytes == little);
    CHECK(code_bytes(words, {Isa::mips, true, true}).bytes == big);
    CHECK(code_bytes({2, {0x4785, 0xa001}, 1}, {Isa::riscv, true, false}).marked == 2);
}

TEST_CASE("code listing: without a file an instruction begins at the mark") {
    // The end of a longer instruction stands in front: "83 ec 28" alone is one as well.
    const auto found = apart(kCode, 7);
    CHECK(std::ranges::count(offsets(found), 0) == 1);
    const auto marked = std::ranges::find(found, true, &CodeInstruction::trapping);
    REQUIRE(marked != found.end());
    CHECK(marked->text == "ud2");
    CHECK(offsets(found) == std::vector<std::int64_t>{-7, -4, 0, 2, 5, 8, 10, 12});
}

TEST_CASE("code listing: the file says where the instructions begin") {
    // After "movl $0x1234550f, %eax", of which the line holds the last two bytes, 34 12: alone
    // they would be "xorb $0x12, %al".
    const ByteVector running{0x34, 0x12, 0x55, 0x0f, 0x0b};
    const ByteVector before{0xb8, 0x0f, 0x55};
    const auto guessed = apart(running, 3);
    REQUIRE(guessed.size() == 3);
    CHECK(guessed[0].text == "xorb $0x12, %al");
    const auto known = apart(running, 3, {.bytes = running, .before = before});
    REQUIRE(known.size() == 3);
    CHECK(known[0].text.empty());
    CHECK(known[0].bytes.size() == 2);
    CHECK(known[1].text == "pushq %rbp");
}

TEST_CASE("code listing: a last instruction that is cut off, and bytes that are none") {
    const auto cut = apart({0x0f, 0x0b, 0x48, 0xc7, 0xc7}, 0);
    REQUIRE(cut.size() == 2);
    CHECK(cut[1].text.empty());
    CHECK(cut[1].bytes.size() == 3);
    ByteVector bad{0x0f, 0x0b, 0x06};
    bad.resize(20, 0x90);
    CHECK(apart(bad, 0)[1].text == "(bad)");
}

TEST_CASE("code listing: the same bytes, other bytes") {
    CHECK(match(kCode, kCode) == CodeMatch::same);
    CHECK(match(kCode, {}) == CodeMatch::not_known);
    ByteVector other(kCode.size());
    std::iota(other.begin(), other.end(), std::uint8_t{1});
    CHECK(match(kCode, other) == CodeMatch::differs);
}

TEST_CASE("code listing: two instructions are not enough, nor are three at one place") {
    auto other = kCode;
    other[1] = 0x88;
    other[9] = 0x8a;
    CHECK(match(kCode, other) == CodeMatch::same);
    other[16] = 0xc1;
    CHECK(match(kCode, other) == CodeMatch::differs);
    auto near = kCode;
    near[15] = 0x33;
    near[17] = 0x8b;
    near[19] = 0x84;
    CHECK(match(kCode, near) == CodeMatch::same);
}

TEST_CASE("code listing: what kernels patch is no difference") {
    struct Row {
        ByteVector file;
        ByteVector running;
    };
    const Row rows[] = {
        {{0xe9, 1, 2, 3, 4}, {0xc3, 0xcc, 0xcc, 0xcc, 0xcc}},                    // return thunks
        {{0x0f, 0x1f, 0x44, 0, 0}, {0xe8, 1, 2, 3, 4}},                          // ftrace
        {{0xeb, 0x0c}, {0x66, 0x90}},                                            // static keys
        {{0xff, 0x14, 0x25, 8, 0, 0, 0}, {0xfb, 0x0f, 0x1f, 0x80, 0, 0, 0, 0}},  // paravirt
        {{0xf0, 0x0f, 0xb1, 0x17}, {0x3e, 0x0f, 0xb1, 0x17}},                    // one CPU
        {{0x48, 0x89, 0xe5}, {0xcc, 0x89, 0xe5}},                                // a kprobe
        {{0x48, 0xc7, 0xc7, 0, 0x10, 0xa0, 0x81},
         {0x48, 0xc7, 0xc7, 0, 0x10, 0x20, 0x8c}},  // KASLR
    };
    for (const Row& row : rows) {
        CAPTURE(row.file[0]);
        ByteVector file;
        ByteVector running;
        for (int i = 0; i < 5; ++i) {
            file.insert(file.end(), row.file.begin(), row.file.end());
            running.insert(running.end(), row.running.begin(), row.running.end());
            const std::size_t size = std::min(file.size(), running.size());
            file.resize(size);
            running.resize(size);
        }
        CHECK(match(running, file) == CodeMatch::same);
    }
}

TEST_CASE("code listing: patched places are asked for, and bytes before the file's first skipped") {
    ByteVector other(kCode.size(), 0x41);
    auto instructions = apart(kCode, 0);
    FileCode file{.bytes = other, .patched = [](std::size_t, std::size_t) { return true; }};
    CHECK(compare(instructions, kX86_64, file) == CodeMatch::same);
    const ByteVector rest(kCode.begin() + 3, kCode.end());
    CHECK(compare(instructions, kX86_64, {.bytes = rest, .skipped = 3}) == CodeMatch::same);
    for (const auto& each : instructions) CHECK(each.in_file.empty());
}

TEST_CASE("code listing: arm64's five words") {
    const CodeTarget arm64{Isa::arm64, true, false};
    const ByteVector running{0xe1, 0x03, 0x01, 0xaa, 0x20, 0x00, 0x80, 0xd2, 0x10, 0x00,
                             0x00, 0x94, 0x21, 0x00, 0x40, 0xf9, 0xc0, 0x03, 0x5f, 0xd6};
    CHECK(match(running, running, arm64) == CodeMatch::same);
    auto called = running;
    called[8] = 0x55;  // of the BL
    CHECK(match(called, running, arm64) == CodeMatch::same);
    ByteVector other(running.size(), 0x11);
    CHECK(match(running, other, arm64) == CodeMatch::differs);
}

TEST_CASE("code listing: a caller's disassembler whose instructions end beyond the code") {
    struct Wide : Disassembler {
        explicit Wide(std::size_t bytes) : bytes_(bytes) {}
        Instruction decode(Bytes, std::uint64_t) override { return {bytes_, "wide", 1}; }
        std::size_t size(Bytes, std::uint64_t) override { return bytes_; }
        std::size_t bytes_;
    };
    for (const std::size_t bytes : {std::size_t{999}, SIZE_MAX}) {
        Wide disassembler(bytes);
        const ByteVector before(20, 0x90);
        const auto found = take_apart({kCode, 7}, disassembler, kX86_64, 0x1000,
                                      {.bytes = kCode, .before = before});
        std::size_t size = 0;
        for (const CodeInstruction& each : found) {
            CHECK(each.text != "wide");
            size += each.bytes.size();
        }
        CHECK(size == kCode.size());
    }
}
