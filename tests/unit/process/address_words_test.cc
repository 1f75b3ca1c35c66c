#include "process/address_words.h"

#include <doctest/doctest.h>

#include <utility>

#include "elf/constants.h"

using namespace symline;
using namespace symline::process;

namespace {

constexpr std::uint32_t kRead = 4, kWrite = 2, kExecute = 1;

void add(Snapshot& process, std::uint64_t address, std::uint64_t size, std::uint32_t flags,
         std::string name = {}) {
    CoreSegment segment;
    segment.address = address;
    segment.memory_size = size;
    segment.flags = flags;
    segment.name = std::move(name);
    process.segments.push_back(std::move(segment));
}

void map(Snapshot& process, std::uint64_t begin, std::uint64_t end, std::string path) {
    Mapping mapping;
    mapping.begin.value = begin;
    mapping.end.value = end;
    mapping.path = std::move(path);
    process.mappings.push_back(std::move(mapping));
}

/// A program with code, data, memory after them, code of its own making, and two stacks.
Snapshot a_process(std::uint16_t machine = elf::kX86_64) {
    Snapshot made;
    made.machine = machine;
    made.facts.program = "/bin/p";
    map(made, 0x401000, 0x402000, "/bin/p");
    map(made, 0x402000, 0x403000, "/bin/p");
    map(made, 0x7f0000000000, 0x7f0000001000, "/lib/l.so");
    add(made, 0x401000, 0x1000, kRead | kExecute);
    add(made, 0x402000, 0x1000, kRead | kWrite);
    add(made, 0x40a000, 0x1000, kRead | kWrite);
    add(made, 0x410000, 0x1000, kRead | kWrite);
    add(made, 0x500000, 0x1000, kRead | kExecute);
    add(made, 0x600000, 0x2000, kRead | kWrite);
    add(made, 0x700000, 0x2000, kRead | kWrite | kExecute);
    add(made, 0x7f0000000000, 0x1000, kRead | kExecute);
    const auto* facts = machine_facts(machine, 8);
    const auto thread = [&](int tid, std::uint64_t sp) {
        CoreThread each{.tid = tid, .registers = Registers()};
        each.registers->values.push_back({facts->stack_pointer, sp, "sp"});
        made.threads.push_back(std::move(each));
    };
    thread(11, 0x601000);
    thread(12, 0x700010);
    made.threads.push_back({.tid = 13});
    return made;
}

std::string said(const AddressWords& words, std::uint64_t address) {
    return std::string(describe(words.describe(address)));
}

}  // namespace

TEST_CASE("address words: what an address is that is in no file") {
    const auto shown = a_process();
    const AddressWords words(shown);
    CHECK(said(words, 0) == "a null pointer");
    CHECK(said(words, 0x18) == "near a null pointer");
    CHECK(said(words, 0x10000) == "not mapped");
    CHECK(said(words, 0x500010) == "JIT or anonymous code");
    CHECK(words.describe(0x500010) == Miss::anonymous_code);
    CHECK(words.describe(0x700010) == Miss::anonymous_code);
    CHECK(words.describe(0x410010) == Miss::not_mapped);
    CHECK(said(words, 0x410010) == "data in anonymous memory");
    CHECK(said(words, 0x40a010) == "in the heap");
    // Also below the stack pointer: it moves.
    CHECK(said(words, 0x600000) == "on the stack of thread 11");
    CHECK(said(words, 0x701fff) == "on the stack of thread 12, which is executable");
    CHECK(said(words, 0x702000) == "not mapped");
    CHECK(said(words, 0x4141414141414141) == "not a canonical address");
    CHECK(said(words, 0x00ffffffffffffff) == "not mapped");
    CHECK(said(words, 0xffffffff81000000) == "an address of the kernel");
    CHECK(said(words, 0xffffffffff600400) == "the kernel's vsyscall page");
}

TEST_CASE("address words: other machines have other addresses") {
    const auto arm = a_process(elf::kArm64);
    const AddressWords words(arm);
    CHECK(said(words, 0x4141414141414141) == "not a canonical address");
    CHECK(said(words, 0x4100414141414141) == "not mapped");
    CHECK(said(words, 0xffff800010000000) == "an address of the kernel");
    auto other = a_process();
    other.machine = elf::kS390;
    CHECK(said(AddressWords(other), 0x4141414141414141) == "not mapped");
    other.machine = 0x1234;  // no registers are known
    CHECK(said(AddressWords(other), 0x601000) == "data in anonymous memory");
}

TEST_CASE(
    "address words: the heap is what the system says, or the first memory after the program") {
    auto living = a_process();
    for (auto& each : living.segments) {
        if (each.address == 0x410000) each.name = "[heap]";
        if (each.address == 0x40a000) each.name = "[anon:x]";
    }
    CHECK(said(AddressWords(living), 0x410010) == "in the heap");
    CHECK(said(AddressWords(living), 0x40a010) == "data in anonymous memory");
    auto unknown = a_process();
    unknown.facts.program.clear();
    CHECK(said(AddressWords(unknown), 0x40a010) == "data in anonymous memory");
    for (const auto& [begin, words] :
         {std::pair(std::uint64_t{0x403000}, "in the heap"),
          std::pair(std::uint64_t{0x40403000}, "in the heap"),
          std::pair(std::uint64_t{0x40404000}, "data in anonymous memory")}) {
        auto alone = a_process();
        alone.segments.resize(3);
        alone.segments[2].address = begin;
        CHECK(said(AddressWords(alone), begin) == words);
    }
}

TEST_CASE("address words: where a core has lost its headers or its list of files") {
    auto headless = a_process();
    headless.segments.clear();
    CHECK(said(AddressWords(headless), 0x500010) == "in no mapped file");
    CHECK_FALSE(AddressWords(headless).is_code(0x402010));
    auto nameless = a_process();
    nameless.mappings.clear();
    CHECK(said(AddressWords(nameless), 0x500010) == "in executable memory of an unknown file");
}

TEST_CASE("address words: data of a file is no code") {
    const auto shown = a_process();
    const AddressWords words(shown);
    CHECK(words.is_code(0x401010) == true);
    CHECK(words.is_code(0x402010) == false);
    CHECK_FALSE(words.is_code(0x300000));
}

TEST_CASE("address words: what an access that failed went to") {
    const auto shown = a_process();
    const AddressWords words(shown);
    const CoreThread& thread = shown.threads[0];
    CHECK(words.describe_fault(8, thread) == "near a null pointer");
    CHECK(words.describe_fault(0x402010, thread).empty());  // a file's data: the code says why
    CHECK(words.describe_fault(0x40a010, thread) == "in the heap");
    CHECK(words.describe_fault(0x800000, thread).empty());  // not mapped: the code says so
    CHECK(words.describe_fault(0x4141414141414141, thread) == "not a canonical address");
    CHECK(words.describe_fault(0x601010, thread) == "on the stack of thread 11");
    CHECK(words.describe_fault(8, shown.threads[2]) == "near a null pointer");
}

TEST_CASE("address words: a stack overflow goes beyond the stack, with or without its pointer") {
    auto shown = a_process();
    auto& thread = shown.threads[0];
    const auto set_sp = [&](std::uint64_t sp) { thread.registers->values[0].value = sp; };
    const std::string beyond = "beyond the stack of thread 11";
    set_sp(0x600020);
    CHECK(AddressWords(shown).describe_fault(0x5ffff8, thread) == beyond);
    // Stored below a pointer that has left the stack as well.
    set_sp(0x5fffd0);
    CHECK(AddressWords(shown).describe_fault(0x5fffc8, thread) == beyond);
    // A guard page is no stack.
    add(shown, 0x5ff000, 0x1000, 0);
    std::ranges::sort(shown.segments, {}, &CoreSegment::address);
    CHECK(AddressWords(shown).describe_fault(0x5fffc8, thread) == beyond);
    set_sp(0x601f00);
    CHECK(AddressWords(shown).describe_fault(0x5ef000, thread).empty());
    // Far from any stack, and a pointer that is damaged.
    set_sp(0x300000);
    CHECK(AddressWords(shown).describe_fault(0x2ffff8, thread).empty());
    set_sp(~std::uint64_t{0});
    CHECK(AddressWords(shown).describe_fault(0x5ffff8, thread) ==
          "in memory that allows no access");
}
