#include "kernel/patched_calls.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernel/kernel_file.h"
#include "support/elf_builder.h"
#include "support/files.h"

using namespace symline;
using namespace symline::test;
using symbolize::CallAt;

namespace {

constexpr std::uint64_t kText = 0xffffffff81000000;
constexpr std::uint64_t kReplacements = 0xffffffff81001000;
constexpr std::uint64_t kTable = 0xffffffff81002000;
constexpr std::uint64_t kRetpolines = 0xffffffff81003000;
constexpr std::uint64_t kParavirt = 0xffffffff81004000;

/// "call" from one place to another, as the processor counts.
void put_call(ByteVector& code, std::size_t at, std::uint64_t from, std::uint64_t to) {
    const auto distance = static_cast<std::uint32_t>(to - (from + 5));
    code[at] = 0xe8;
    for (std::size_t i = 0; i < 4; ++i)
        code[at + 1 + i] = static_cast<std::uint8_t>(distance >> (8 * i));
}

void put_relative(ByteVector& table, std::uint64_t own, std::uint64_t place) {
    const auto distance = static_cast<std::uint32_t>(place - own);
    for (std::size_t i = 0; i < 4; ++i)
        table.push_back(static_cast<std::uint8_t>(distance >> (8 * i)));
}

/// A function of nops with: at 0x10 an alternative, whose first replacement is a call and whose
/// second is none; at 0x40 a call to a retpoline, at 0x50 one with a prefix; at 0x60 a jump to one;
/// at 0x80 an indirect call that depends on the hypervisor.
kernel::KernelFile patched_kernel(const TemporaryFolder& folder) {
    ElfBuilder builder;
    ByteVector code(0x100, 0x90);
    put_call(code, 0x40, kText + 0x40, kText + 0xf0);
    code[0x50] = 0x2e;
    put_call(code, 0x51, kText + 0x51, kText + 0xf0);
    put_call(code, 0x60, kText + 0x60, kText + 0xf0);
    code[0x60] = 0xe9;
    const std::uint8_t indirect[] = {0xff, 0x15, 0x00, 0x10, 0x00, 0x00};
    std::ranges::copy(indirect, code.begin() + 0x80);
    builder.add(
        {.name = ".text", .flags = SHF_ALLOC | SHF_EXECINSTR, .address = kText, .bytes = code});
    ByteVector replacements(0x20, 0x90);
    put_call(replacements, 0, kReplacements, kText + 0xe0);
    builder.add({.name = ".altinstr_replacement",
                 .flags = SHF_ALLOC | SHF_EXECINSTR,
                 .address = kReplacements,
                 .bytes = replacements});
    ByteVector table;
    for (const std::uint64_t replacement : {kReplacements, kReplacements + 0x10}) {
        const std::uint64_t own = kTable + table.size();
        put_relative(table, own, kText + 0x10);
        put_relative(table, own + 4, replacement);
        for (const int byte : {0, 0, 8, 5}) table.push_back(static_cast<std::uint8_t>(byte));
    }
    builder.add(
        {.name = ".altinstructions", .flags = SHF_ALLOC, .address = kTable, .bytes = table});
    ByteVector retpolines;
    for (const std::uint64_t site : {0x40, 0x50, 0x60}) {
        put_relative(retpolines, kRetpolines + retpolines.size(), kText + site);
    }
    builder.add({.name = ".retpoline_sites",
                 .flags = SHF_ALLOC,
                 .address = kRetpolines,
                 .bytes = retpolines});
    auto paravirt = builder.writer();
    paravirt.u64(kText + 0x80);
    paravirt.u64(0x061d);
    builder.add({.name = ".parainstructions",
                 .flags = SHF_ALLOC,
                 .address = kParavirt,
                 .bytes = paravirt.data()});
    auto module = Module::open(folder.write("vmlinux", builder.build()));
    REQUIRE(module);
    return {std::move(*module), FoundBy::explicit_path};
}

}  // namespace

TEST_CASE("patched calls: those that a running kernel has and its file has not") {
    TemporaryFolder folder;
    auto file = patched_kernel(folder);
    const auto ends = [&](std::uint64_t offset) {
        return file.call_ends_at(FileAddress{kText + offset}) == CallAt::yes;
    };
    CHECK(ends(0x15));  // the alternative is a call
    CHECK_FALSE(ends(0x14));
    CHECK_FALSE(ends(0x18));
    CHECK(ends(0x45));  // the file's own
    CHECK(ends(0x42));  // call *%rax instead
    CHECK(ends(0x43));  // call *%r11
    CHECK(ends(0x56));
    CHECK(ends(0x53));
    CHECK_FALSE(ends(0x44));
    CHECK_FALSE(ends(0x62));  // a jump
    CHECK(ends(0x86));        // the file's indirect call
    CHECK(ends(0x85));        // a direct one instead
    CHECK_FALSE(ends(0x84));
    CHECK(symbolize::call_ends_at(file.module, FileAddress{kText + 0x45}) == CallAt::yes);
    CHECK(symbolize::call_ends_at(file.module, FileAddress{kText + 0x15}) == CallAt::no);
}

namespace {

/// A function of nops with indirect calls at 0x10, 0x20, ..., and for each of them an entry: the
/// feature's 16 bits, the flags where entries have them, the replacement.
struct Entry {
    unsigned feature;
    std::optional<unsigned> flags;
    bool calls;  ///< a near call, not "sti"
    std::uint64_t site;
};

kernel::KernelFile kernel_with(const TemporaryFolder& folder, const std::vector<Entry>& entries,
                               std::string section = ".text") {
    ElfBuilder builder;
    ByteVector code(0x100, 0x90);
    const std::uint8_t indirect[] = {0xff, 0x15, 0x00, 0x10, 0x00, 0x00};
    for (const Entry& each : entries) {
        std::ranges::copy(indirect, code.begin() + static_cast<std::ptrdiff_t>(each.site));
    }
    builder.add({.name = std::move(section),
                 .flags = SHF_ALLOC | SHF_EXECINSTR,
                 .address = kText,
                 .bytes = code});
    ByteVector replacements(0x20, 0xfb);
    put_call(replacements, 0x10, kReplacements + 0x10, kText + 0xe0);
    builder.add({.name = ".altinstr_replacement",
                 .flags = SHF_ALLOC | SHF_EXECINSTR,
                 .address = kReplacements,
                 .bytes = replacements});
    ByteVector table;
    for (const Entry& each : entries) {
        const std::uint64_t own = kTable + table.size();
        put_relative(table, own, kText + each.site);
        put_relative(table, own + 4, kReplacements + (each.calls ? 0x10 : 0));
        const auto put = [&](unsigned value) { table.push_back(static_cast<std::uint8_t>(value)); };
        put(each.feature & 0xff);
        put(each.feature >> 8);
        if (each.flags) put(*each.flags), put(0);
        put(6);
        put(each.calls ? 5 : 1);
    }
    builder.add(
        {.name = ".altinstructions", .flags = SHF_ALLOC, .address = kTable, .bytes = table});
    auto module = Module::open(folder.write("vmlinux", builder.build()));
    REQUIRE(module);
    return {std::move(*module), FoundBy::explicit_path};
}

constexpr unsigned kXen = 0x110;
constexpr unsigned kMissing = 0x8000;

}  // namespace

TEST_CASE("patched calls: those that only Xen's paravirtualised kernels keep") {
    TemporaryFolder folder;
    auto file = kernel_with(folder, {{kXen | kMissing, {}, false, 0x10},
                                     {kXen, {}, false, 0x20},
                                     {0x70 | kMissing, {}, false, 0x30},
                                     {kXen | kMissing, {}, true, 0x40},
                                     {kXen | kMissing, {}, false, 0x50},
                                     {0x70, {}, true, 0x50}});
    const auto native = [&](std::uint64_t offset) {
        return file.is_native_at(FileAddress{kText + offset});
    };
    CHECK(native(0x16));
    CHECK(file.call_ends_at(FileAddress{kText + 0x16}) == CallAt::yes);
    CHECK_FALSE(native(0x10));
    CHECK_FALSE(native(0x17));
    CHECK_FALSE(native(0x26));  // replaced under Xen alone
    CHECK_FALSE(native(0x36));  // by another feature
    CHECK_FALSE(native(0x45));  // by a call
    CHECK_FALSE(native(0x56));  // a later entry may apply
    CHECK_FALSE(file.is_native_at(FileAddress{0}));
}

TEST_CASE("patched calls: the flags of Linux 6.3, and code that may run before it is patched") {
    TemporaryFolder folder;
    auto file = kernel_with(folder, {{kXen, 1, false, 0x10}, {kXen, 0, false, 0x20}});
    CHECK(file.is_native_at(FileAddress{kText + 0x16}));
    CHECK_FALSE(file.is_native_at(FileAddress{kText + 0x26}));
    auto initial = kernel_with(folder, {{kXen, 1, false, 0x10}}, ".init.text");
    CHECK_FALSE(initial.is_native_at(FileAddress{kText + 0x16}));
}

TEST_CASE("patched calls: a section's start and end, data, and a file without code") {
    TemporaryFolder folder;
    ElfBuilder builder;
    ByteVector code(0x10, 0x90);
    put_call(code, 11, kText + 11, kText);
    builder.add(
        {.name = ".text", .flags = SHF_ALLOC | SHF_EXECINSTR, .address = kText, .bytes = code});
    builder.add(
        {.name = ".data", .flags = SHF_ALLOC, .address = kTable, .bytes = ByteVector(16, 0xe8)});
    builder.add({.name = ".gone",
                 .type = SHT_NOBITS,
                 .flags = SHF_ALLOC | SHF_EXECINSTR,
                 .address = kRetpolines,
                 .size = 0x100});
    auto module = Module::open(folder.write("vmlinux", builder.build()));
    REQUIRE(module);
    CHECK(symbolize::call_ends_at(*module, FileAddress{kText + 0x10}) == CallAt::yes);
    CHECK(symbolize::call_ends_at(*module, FileAddress{kText}) == CallAt::no);
    CHECK(symbolize::call_ends_at(*module, FileAddress{kTable + 8}) == CallAt::no);
    CHECK(symbolize::call_ends_at(*module, FileAddress{kRetpolines + 8}) == CallAt::unknown);
    CHECK(symbolize::call_ends_at(*module, FileAddress{0}) == CallAt::unknown);
}
