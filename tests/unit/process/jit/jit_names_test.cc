#include "process/jit/jit_names.h"

#include <doctest/doctest.h>

#include "support/files.h"

using namespace symline;
using namespace symline::test;

namespace {

std::unique_ptr<process::JitNames> perf_map(std::string_view text) {
    const TemporaryFolder folder;
    auto file = base::RegularFile::open(folder.write("perf-1.map", text));
    REQUIRE(file);
    return process::read_perf_map(*file);
}

std::string name_at(process::JitNames& names, std::uint64_t address) {
    const auto place = names.find(address);
    return place ? std::string(place->name) : "nothing";
}

constexpr std::uint32_t kPid = 4711;

/// A jitdump in the making.
struct Dump {
    explicit Dump(bool big = false, std::uint32_t pid = kPid) : big_endian(big), file(big) {
        file.u32(0x4a695444).u32(1).u32(40).u32(62).u32(0).u32(pid).u64(1).u64(0);
    }
    void record(std::uint32_t kind, std::uint64_t time, const ByteVector& contents) {
        file.u32(kind).u32(contents.size() + 16).u64(time).bytes(contents);
    }
    void load(std::uint64_t time, std::uint64_t address, std::uint64_t size, std::string_view name,
              std::uint32_t pid = kPid) {
        ByteWriter contents(big_endian);
        contents.u32(pid).u32(pid).u64(address).u64(address).u64(size).u64(time).string(name);
        record(0, time, contents.zeros(size).data());
    }
    void move(std::uint64_t time, std::uint64_t from, std::uint64_t to, std::uint64_t size) {
        ByteWriter contents(big_endian);
        contents.u32(kPid).u32(kPid).u64(to).u64(from).u64(to).u64(size).u64(1);
        record(1, time, contents.data());
    }
    std::unique_ptr<process::JitNames> read(std::uint32_t pid = kPid) const {
        const TemporaryFolder folder;
        auto opened = base::RegularFile::open(folder.write("jit-4711.dump", file.data()));
        REQUIRE(opened);
        return process::read_jitdump(std::move(*opened), pid);
    }

    bool big_endian;
    ByteWriter file;
};

}  // namespace

TEST_CASE("a perf map names code; what came last counts") {
    const auto map = perf_map(
        "1000 20 first\n"
        "1020 10 second function(int) x.js:3\n"
        "1010 14 third\n"
        "0x2000 0x8 prefixed\n"
        "3000 5 last");
    REQUIRE(map != nullptr);
    CHECK(name_at(*map, 0xfff) == "nothing");
    // The third took the place of both.
    CHECK(name_at(*map, 0x1000) == "nothing");
    CHECK(name_at(*map, 0x1010) == "third");
    CHECK(name_at(*map, 0x1023) == "third");
    CHECK(name_at(*map, 0x1024) == "nothing");
    CHECK(name_at(*map, 0x2007) == "prefixed");
    CHECK(name_at(*map, 0x3004) == "last");
    CHECK(map->find(0x3004)->begin == 0x3000);
    CHECK(map->fits([](std::uint64_t address) { return address != 0x3000; }));
    CHECK_FALSE(map->fits([](std::uint64_t address) { return address == 0x3000; }));
}

TEST_CASE("what is no perf map") {
    CHECK(perf_map("\n\nroot:x:0:0\n 10 20 blank first\n") == nullptr);
    CHECK(perf_map("1000 20 \n1000 20\n1000\n1000 zz name\n") == nullptr);
    // No size; more than there is memory.
    CHECK(perf_map("1000 0 none\nfffffffffffffff0 20 around\n11112222333344445 1 wide\n") ==
          nullptr);
}

TEST_CASE("a jitdump names code, in the order of its times") {
    for (const bool big_endian : {false, true}) {
        Dump dump(big_endian);
        dump.load(5, 0x1000, 0x40, "new");
        dump.load(1, 0x1000, 0x80, "old");
        dump.load(2, 0x3000, 0x10, "another process's", 12);
        dump.record(99, 3, ByteVector(20));
        const auto names = dump.read();
        REQUIRE(names != nullptr);
        CHECK(name_at(*names, 0x103f) == "new");
        CHECK(name_at(*names, 0x1040) == "nothing");
        CHECK(name_at(*names, 0x3000) == "nothing");
        CHECK(names->find(0x1000)->line == 0);
    }
}

TEST_CASE("lines of a jitdump go with code that is moved") {
    for (const std::uint64_t shift : {0, 0x40}) {  // of V8
        Dump dump;
        ByteWriter lines;
        lines.u64(0x1000).u64(3).u64(0x1000 + shift).u32(7).u32(0).string("a.js");
        lines.u64(0x1010 + shift).u32(9).u32(0).string("\377");
        lines.u64(0x1020 + shift).u32(1).u32(0).string("inlined.js");
        dump.record(2, 1, lines.data());
        dump.load(1, 0x1000, 0x80, "function");
        dump.load(2, 0x5000, 0x80, "in the way");
        dump.move(3, 0x1000, 0x5000, 0x80);
        dump.move(4, 0x7777, 0x8000, 0x80);
        const auto names = dump.read();
        REQUIRE(names != nullptr);
        CHECK(name_at(*names, 0x1000) == "nothing");
        CHECK(name_at(*names, 0x8000) == "nothing");
        CHECK(name_at(*names, 0x5000) == "function");
        CHECK(names->find(0x500f)->line == 7);
        CHECK(names->find(0x5010)->line == 9);
        CHECK(names->find(0x5010)->file == "a.js");
        CHECK(names->find(0x507f)->file == "inlined.js");
        CHECK(names->find(0x507f)->begin == 0x5000);
    }
}

TEST_CASE("a jitdump that is damaged, being written, or another process's") {
    Dump dump;
    dump.load(1, 0x1000, 0x40, "whole");
    CHECK(dump.read(1) == nullptr);
    dump.file.u32(0).u32(1000).u64(2).zeros(100);
    CHECK(name_at(*dump.read(), 0x1000) == "whole");
    Dump small;
    small.load(1, 0x1000, 0x40, "whole");
    small.file.u32(0).u32(3).u64(2).zeros(100);
    CHECK(name_at(*small.read(), 0x1000) == "whole");
    Dump cut;
    cut.record(0, 1, ByteVector(4));
    cut.record(1, 1, ByteVector(47));
    cut.record(2, 1, {});
    CHECK(cut.read() == nullptr);
    Dump endless;
    ByteWriter lines;
    lines.u64(0x1000).u64(~std::uint64_t{0}).u64(0x1000).u32(7).u32(0).text_only("no end");
    endless.record(2, 1, lines.data());
    endless.load(1, 0x1000, 0x40, "whole");
    const auto names = endless.read();
    REQUIRE(names != nullptr);
    CHECK(names->find(0x1000)->line == 7);
    const TemporaryFolder folder;
    auto other =
        base::RegularFile::open(folder.write("other", "not a jitdump, but long enough for one!!"));
    CHECK(process::read_jitdump(std::move(*other), kPid) == nullptr);
}
