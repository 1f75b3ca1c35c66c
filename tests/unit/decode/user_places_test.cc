#include "decode/user_places.h"
#include "support/files.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace symline;
using symline::decode::user_places;

namespace {

kernel::KernelFile program(const std::string& name) {
    auto module = Module::open(symline::test::fixtures_folder() + "/userroot/opt/demo/" + name);
    REQUIRE(module.has_value());
    return {std::move(*module), symline::FoundBy::path_in_text};
}

log::Occurrence at(std::uint64_t address, log::AddressScope space, log::Format format,
                   std::string_view symbol = {}) {
    log::Occurrence found;
    found.address = address;
    found.space = space;
    found.format = format;
    found.symbol = symbol;
    return found;
}

/// The only place, or 0.
std::uint64_t place(kernel::KernelFile& file, const log::Occurrence& occurrence) {
    const auto answer = user_places(file, occurrence);
    return answer.places.size() == 1 ? answer.places[0].address.value : 0;
}

}  // namespace

using enum log::AddressScope;
using enum log::Format;

TEST_CASE("user places: each tool counts from somewhere else") {
    auto pie = program("crash-pie");
    auto fixed = program("crash-nopie");
    CHECK(pie.module.elf().load_start() == FileAddress{0});
    CHECK(fixed.module.elf().load_start() == FileAddress{0x400000});
    CHECK(place(pie, at(0x1a59, log::AddressScope::file, asan)) == 0x1a59);
    CHECK(place(fixed, at(0x4012c9, log::AddressScope::file, asan)) == 0x4012c9);
    CHECK(place(fixed, at(0x12c9, log::AddressScope::file, eu_stack)) == 0x4012c9);
    CHECK(place(fixed, at(0x12c9, log::AddressScope::file, coredumpctl)) == 0x4012c9);
    CHECK(place(fixed, at(0x12c9, log::AddressScope::file, hs_err)) == 0x4012c9);
    CHECK(place(fixed, at(0x4012c8, log::AddressScope::file, tombstone)) == 0x4012c8);
    CHECK(place(pie, at(0xa59, mapping, ftrace)) == 0x1a59);
    CHECK(place(fixed, at(0x4012c9, user, backtrace_symbols)) == 0x4012c9);
    CHECK(place(pie, at(0x4012c9, user, backtrace_symbols)) == 0);
    auto offset = at(0xa59, log::AddressScope::file, perf_script);
    offset.is_file_offset = true;
    CHECK(place(pie, offset) == 0x1a59);
    offset.address = 0x12c9;
    CHECK(place(fixed, offset) == 0x4012c9);
}

TEST_CASE("user places: a readable name's offset must be one from the start of a symbol") {
    auto pie = program("crash-pie");
    auto frame = at(0x1a58, log::AddressScope::file, tombstone, "demo::descend(int)");
    frame.offset = 0x38;
    CHECK(place(pie, frame) == 0x1a58);
    frame.offset = 0x37;
    CHECK(place(pie, frame) == 0);
    CHECK(user_places(pie, frame).miss == decode::UserMiss::other_build);
}

TEST_CASE("user places: the low bits of an address, and the call before it") {
    auto pie = program("crash-pie");
    auto frame = at(0x55901a3aaa59, user, gdb, "descend");
    CHECK(place(pie, frame) == 0x1a59);
    // No call ends there; a program counter may stand anywhere.
    frame.address = 0x55901a3aaa5a;
    CHECK(place(pie, frame) == 0);
    CHECK(user_places(pie, frame).miss == decode::UserMiss::other_build);
    frame.kind = log::Kind::exact;
    CHECK(place(pie, frame) == 0x1a5a);
    // Another function's page.
    frame.address = 0x55901a3aac59;
    CHECK(place(pie, frame) == 0);
    frame.symbol = "no_such_name";
    CHECK(user_places(pie, frame).miss == decode::UserMiss::no_symbol);
}

TEST_CASE("user places: symbol and offset have to agree with the address") {
    auto pie = program("crash-pie");
    auto frame = at(0x55901a3aaa59, user, bpftrace, "descend");
    frame.offset = 0x39;
    CHECK(place(pie, frame) == 0x1a59);
    frame.offset = 0x38;
    CHECK(place(pie, frame) == 0);
    frame.address.reset();
    CHECK(place(pie, frame) == 0x1a58);
    frame.symbol = "__libc_start_main@@GLIBC_2.34";
    CHECK(user_places(pie, frame).places.empty());
}

TEST_CASE("user places: a crashed program's mapping is the file's code, or it is another file") {
    auto pie = program("crash-pie");
    auto crash = at(0x55901a3aaac7, user, segfault);
    crash.kind = log::Kind::exact;
    crash.mapping = {"crash-pie", 0x55901a3aa000, 0x1000};
    CHECK(place(pie, crash) == 0x1ac7);
    crash.mapping.size = 0x2000;
    CHECK(user_places(pie, crash).miss == decode::UserMiss::other_build);
    crash.mapping.size = 0x1000;
    crash.address = 0x55901a3ab000;
    CHECK(place(pie, crash) == 0);
    crash.address = 0xac7;
    crash.space = log::AddressScope::file;
    crash.is_file_offset = true;
    CHECK(place(pie, crash) == 0x1ac7);
}

TEST_CASE("user places: where an address and the offset beside it disagree, there is none") {
    auto pie = program("crash-pie");
    auto frame = at(0x1ac7, log::AddressScope::file, coredumpctl);
    CHECK(place(pie, frame) == 0x1ac7);
    frame.low_bits_differ = true;
    CHECK(place(pie, frame) == 0);
    CHECK(user_places(pie, frame).miss == decode::UserMiss::low_bits_differ);
}

TEST_CASE("user places: perf's runtime address agrees by its low bits") {
    auto pie = program("crash-pie");
    auto frame = at(0x55901a3aaa59, log::AddressScope::file, perf_script, "descend");
    frame.is_file_offset = true;
    CHECK(place(pie, frame) == 0x1a59);
    frame.offset = 0x39;
    CHECK(place(pie, frame) == 0x1a59);
    frame.offset = 0x38;
    CHECK(place(pie, frame) == 0);
    CHECK(user_places(pie, frame).miss == decode::UserMiss::other_build);
    frame.symbol = {};
    CHECK(user_places(pie, frame).miss == decode::UserMiss::not_mapped);
}
