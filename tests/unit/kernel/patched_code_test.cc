#include "kernel/patched_code.h"

#include <doctest/doctest.h>

#include "support/elf_builder.h"
#include "support/files.h"

using namespace symline;
using namespace symline::test;

namespace {

constexpr std::uint64_t kText = 0xffffffff81000000;
constexpr std::uint64_t kTable = 0xffffffff81001000;

/// struct alt_instr of `stride` bytes for each site, of `length` bytes each.
ByteVector alternatives(const ElfBuilder& builder, const std::vector<std::uint64_t>& sites,
                        std::size_t stride, std::size_t length_at, std::uint8_t length) {
    ByteVector table;
    for (const std::uint64_t site : sites) {
        auto entry = builder.writer();
        entry.u32(static_cast<std::uint32_t>(site - (kTable + table.size())));
        ByteVector bytes = entry.data();
        bytes.resize(stride);
        bytes[length_at] = length;
        table.insert(table.end(), bytes.begin(), bytes.end());
    }
    return table;
}

Module opened(ElfBuilder& builder, const TemporaryFolder& folder) {
    const auto path = folder.write("file", builder.build());
    auto module = Module::open(path);
    REQUIRE(module);
    return std::move(*module);
}

}  // namespace

TEST_CASE("patched code: the alternatives of vmlinux, in each form that they have had") {
    struct Form {
        std::size_t stride, length_at;
    };
    for (const Form form : {Form{12, 10}, Form{14, 12}, Form{13, 10}}) {
        CAPTURE(form.stride);
        ElfBuilder builder;
        builder.add_code(".text", kText, 0x100);
        builder.add({.name = ".altinstructions",
                     .flags = SHF_ALLOC,
                     .address = kTable,
                     .bytes = alternatives(builder, {kText + 0x10, kText + 0x80, kText + 0x40},
                                           form.stride, form.length_at, 5)});
        TemporaryFolder folder;
        const kernel::PatchedCode patched(opened(builder, folder));
        CHECK_FALSE(patched.holds(FileAddress{kText}, 16));
        CHECK(patched.holds(FileAddress{kText}, 17));
        CHECK(patched.holds(FileAddress{kText + 0x14}, 1));
        CHECK_FALSE(patched.holds(FileAddress{kText + 0x15}, 8));
        CHECK(patched.holds(FileAddress{kText + 0x42}, 4));
        CHECK(patched.holds(FileAddress{kText + 0x70}, 0x90));
    }
}

TEST_CASE("patched code: a table that leads nowhere is none") {
    ElfBuilder builder;
    builder.add_code(".text", kText, 0x100);
    builder.add({.name = ".altinstructions",
                 .flags = SHF_ALLOC,
                 .address = kTable,
                 .bytes = alternatives(builder, {kText + 0x10, kText + 0x4000}, 12, 10, 5)});
    TemporaryFolder folder;
    const kernel::PatchedCode patched(opened(builder, folder));
    CHECK_FALSE(patched.holds(FileAddress{kText}, 0x100));
}

TEST_CASE("patched code: a module's relocations, and its alternatives by them") {
    ElfBuilder builder({}, ET_REL);
    const auto text = builder.add_code(".text", 0, 0x100);
    const auto table =
        builder.add({.name = ".altinstructions", .flags = SHF_ALLOC, .bytes = ByteVector(24)});
    const auto symbol = builder.add_symbol(
        {.name = "", .section = text, .binding = STB_LOCAL, .type = STT_SECTION});
    builder.add_relocations(text, {{.offset = 0x20, .type = 2, .symbol = symbol},
                                   {.offset = 0x30, .type = 1, .symbol = symbol}});
    builder.add_relocations(table, {{.offset = 0, .type = 2, .symbol = symbol, .addend = 0x80},
                                    {.offset = 4, .type = 2, .symbol = symbol, .addend = 0},
                                    {.offset = 12, .type = 2, .symbol = symbol, .addend = 0x90},
                                    {.offset = 16, .type = 2, .symbol = symbol, .addend = 0}});
    TemporaryFolder folder;
    const Module module = opened(builder, folder);
    const std::uint64_t base = module.sections().named(".text")->address.value;
    const kernel::PatchedCode patched(module);
    CHECK_FALSE(patched.holds(FileAddress{base}, 0x20));
    CHECK(patched.holds(FileAddress{base + 0x1e}, 6));
    CHECK_FALSE(patched.holds(FileAddress{base + 0x24}, 4));
    CHECK(patched.holds(FileAddress{base + 0x37}, 1));  // an address of eight bytes
    CHECK_FALSE(patched.holds(FileAddress{base + 0x38}, 8));
}

TEST_CASE("patched code: the fixture's") {
    const auto module = Module::open(fixture("mini-module.ko"));
    REQUIRE(module);
    const kernel::PatchedCode patched(*module);
    const auto text = module->sections().named(".text")->address;
    CHECK(patched.holds(text, 6));
    CHECK_FALSE(patched.holds(FileAddress{text.value + 6}, 8));
}
