// Module::lookup_many: the answers of lookup(), whatever the order and the number of threads.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "elf/elf_file.h"
#include "support/files.h"
#include "support/lookup_text.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

/// Every address of .text, those at the end first, and some of them twice.
std::vector<FileAddress> addresses_of(const Module& module) {
    const Section& text = *module.sections().named(".text");
    std::vector<FileAddress> addresses;
    for (std::uint64_t offset = text.size + 8; offset-- > 0;) {
        addresses.push_back({text.address.value + offset});
        if (offset % 7 == 0) addresses.push_back({text.address.value + offset / 2});
    }
    return addresses;
}

/// A file whose unit of number `unit` in .debug_info (32-bit DWARF 5) has nothing in it but 0xff.
ByteVector with_damaged_unit(const std::string& path, unsigned unit) {
    const auto file = elf::ElfFile::open(path);
    REQUIRE(file);
    const auto info = file->contents(*file->debug_section(".debug_info"));
    REQUIRE(info);
    const auto size_at = [&](std::size_t at) {
        return 4 + std::size_t{base::load<std::uint32_t>(info->data() + at, false)};
    };
    std::size_t at = 0;
    for (; unit > 0; --unit) at += size_at(at);
    constexpr std::size_t kHeader = 12;
    ByteVector bytes = read_whole(path);
    const auto begin = bytes.begin() + (info->data() - file->image().data());
    std::fill(begin + static_cast<std::ptrdiff_t>(at + kHeader),
              begin + static_cast<std::ptrdiff_t>(at + size_at(at)), 0xff);
    return bytes;
}

}  // namespace

TEST_SUITE_BEGIN("threads");

TEST_CASE("many addresses at once: the answers of one after the other") {
    // The last ones are left to one thread: what is asked first matters in a damaged file, and
    // split files are opened one after the other.
    for (const char* name :
         {"c-gcc-dwarf5", "cxx-dwz-alt", "compressed-zstd", "mini-module.ko", "plt-bfd.so",
          "dwz-lost/cxx-dwz-lost", "split/c-gcc-dwarf5-split", "bad/flipped-debug-info"}) {
        CAPTURE(name);
        const auto one = Module::open(fixture(name));
        const auto many = Module::open(fixture(name));
        REQUIRE(one);
        REQUIRE(many);
        const auto addresses = addresses_of(*one);
        std::vector<std::string> expected;
        for (const FileAddress address : addresses)
            expected.push_back(text_of(one->lookup(address)));
        for (const unsigned jobs : {1U, 2U, 7U}) {
            const auto answers = many->lookup_all(addresses, Detail::frames, jobs);
            REQUIRE(answers.size() == addresses.size());
            bool same = true;
            for (std::size_t i = 0; i < answers.size(); ++i) {
                same = same && text_of(answers[i]) == expected[i];
            }
            CHECK(same);
        }
        CHECK(many->damage() == one->damage());
    }
}

TEST_CASE("each of many addresses is answered once, also in a damaged file") {
    for (const char* name : {"c-gcc-dwarf5", "bad/flipped-debug-info.ko"}) {
        for (const unsigned jobs : {1U, 4U}) {
            CAPTURE(name);
            const auto module = Module::open(fixture(name));
            REQUIRE(module);
            const auto addresses = addresses_of(*module);
            std::vector<std::atomic<int>> calls(addresses.size());
            std::vector<std::string> last(jobs);
            std::atomic<std::size_t> wrong = 0;
            module->lookup_many(addresses, Detail::frames, jobs, [&](const Answer& answer) {
                ++calls[answer.index];
                const std::string text = text_of(answer.lookup);
                if (answer.same_as_previous && text != last[answer.worker]) ++wrong;
                last[answer.worker] = text;
            });
            CHECK(std::ranges::all_of(calls, [](const auto& each) { return each == 1; }));
            CHECK(wrong == 0);
        }
    }
}

TEST_CASE("what was found before the first damage is handed out, the rest is asked in order") {
    // The second unit is damaged; the first one is asked first.
    const std::string whole = fixture("c-gcc-dwarf5");
    const TemporaryFolder folder;
    const std::string damaged = folder.write("damaged", with_damaged_unit(whole, 1));
    constexpr std::uint64_t kWhole = 0x4a1100, kSize = 0xf1, kDamaged = 0x4a1200;
    std::vector<FileAddress> addresses, rest;
    for (std::uint64_t i = 0; i < 100; ++i) rest.push_back({kDamaged + i});
    addresses = rest;
    for (std::uint64_t i = 0; i < Module::kMaxHeldAnswers; ++i) {
        addresses.push_back({kWhole + i % kSize});
    }
    const auto in_order = Module::open(damaged);
    const auto undamaged = Module::open(whole);
    REQUIRE(in_order);
    REQUIRE(undamaged);
    std::vector<std::string> expected;
    for (const FileAddress address : rest) expected.push_back(text_of(in_order->lookup(address)));
    CHECK(!in_order->damage().empty());
    for (const unsigned jobs : {1U, 3U}) {
        const auto many = Module::open(damaged);
        REQUIRE(many);
        std::atomic<std::size_t> calls = 0, early = 0, wrong = 0;
        many->lookup_many(addresses, Detail::frames, jobs, [&](const Answer& answer) {
            const std::size_t before = calls++;
            const bool left = answer.index < rest.size();
            if (left && before < Module::kMaxHeldAnswers) ++early;
            const std::string right =
                left ? expected[answer.index] : text_of(undamaged->lookup(addresses[answer.index]));
            if (text_of(answer.lookup) != right) ++wrong;
        });
        CHECK(calls == addresses.size());
        CHECK(early == 0);
        CHECK(wrong == 0);
        CHECK(many->damage() == in_order->damage());
    }
}

TEST_CASE("many addresses at once: none, and memory for nothing") {
    const auto module = Module::open(fixture("c-gcc-dwarf5"), {.cache_size = 0});
    REQUIRE(module);
    CHECK(module->lookup_all({}, Detail::frames, 2).empty());
    module->lookup_many(addresses_of(*module), Detail::frames, 2, {});
    const auto addresses = addresses_of(*module);
    const auto answers = module->lookup_all(addresses, Detail::declarations, 0);
    for (std::size_t i = 0; i < answers.size(); i += 50) {
        CHECK(text_of(answers[i]) == text_of(module->lookup(addresses[i], Detail::declarations)));
    }
}

TEST_SUITE_END();

TEST_CASE("an address that is asked again has the same answer, with the detail that is asked for") {
    const auto module = Module::open(fixture("c-gcc-dwarf5"));
    REQUIRE(module);
    const FileAddress address{module->sections().named(".text")->address.value + 0x20};
    const auto first = module->lookup(address);
    const auto again = module->lookup(address);
    const auto declared = module->lookup(address, Detail::declarations);
    REQUIRE(first);
    CHECK(text_of(again) == text_of(first));
    CHECK(text_of(module->lookup(address)) == text_of(first));
    REQUIRE(!declared->frames.empty());
    CHECK(declared->frames.back().start);
}
