#include "symline/module.h"

#include <doctest/doctest.h>

#include "support/files.h"
#include "support/program_builder.h"

using namespace symline;
using namespace symline::test;

namespace {

constexpr std::uint64_t kData = 0x8000;

/// A program with two functions in DWARF, a label that only the symbol table knows, and data.
ByteVector program(bool dwarf_sections = true, bool symbols = true) {
    ProgramBuilder built;
    LineBuilder lines(built.dwarf());
    lines.row(kText, 9).set_address(kText + 0x40).end_sequence().end();
    built.begin_unit(kText, 0x40);
    const auto declared = built.declaration("inner", "", 5);
    built.function("outer", kText, 0x40, true);
    built.inlined(declared, kText + 8, 8, 1, 20);
    built.end_children();
    built.end_children();
    built.end_unit();
    DwarfBuilder bare;
    DwarfBuilder& dwarf = dwarf_sections ? built.dwarf() : bare;
    if (symbols) {
        dwarf.elf().add_symbol({.name = "outer", .value = kText, .size = 0x40, .section = 1});
        dwarf.elf().add_symbol({.name = "label", .value = kText + 0x80, .size = 8, .section = 1});
    }
    return dwarf.build();
}

Module open(const TemporaryFolder& folder, const ByteVector& bytes, ModuleOptions options = {}) {
    auto module = Module::open(folder.write("program", bytes), std::move(options));
    REQUIRE(module);
    return std::move(*module);
}

Miss miss_at(const Module& module, std::uint64_t address) {
    const auto answer = module.lookup({address});
    REQUIRE(answer);
    CHECK(answer->frames.empty());
    REQUIRE(answer->miss);
    return *answer->miss;
}

}  // namespace

TEST_CASE("what a module says of itself") {
    const auto shared = Module::open(fixture("stripped-dynsym.so"));
    REQUIRE(shared);
    CHECK(shared->path() == fixture("stripped-dynsym.so"));
    CHECK(shared->elf().type() == FileType::shared);
    CHECK(shared->elf().address_size() == 8);
    CHECK_FALSE(shared->elf().big_endian());
    const auto ppc = Module::open(fixture("ppc-gcc"));
    CHECK(ppc->elf().type() == FileType::executable);
    CHECK(ppc->elf().address_size() == 4);
    CHECK(ppc->elf().big_endian());
    CHECK(Module::open(fixture("mini-module.ko"))->elf().type() == FileType::relocatable);
    CHECK(Module::open(fixture("mini-module.ko"))->build_id());
    CHECK(shared->sections().named(".text")->executable());
    CHECK(shared->sections().named(".nothing") == nullptr);
    CHECK(shared->sections().all().size() > 5);
}

TEST_CASE("opening gives the errors that it promises") {
    CHECK(Module::open(fixture("missing")).error().code == ErrorCode::not_found);
    CHECK(Module::open(fixture("bad")).error().code == ErrorCode::is_directory);
    CHECK(Module::open("/dev/null").error().code == ErrorCode::not_a_file);
    CHECK(Module::open(fixture("bad/empty")).error().code == ErrorCode::empty);
    CHECK(Module::open(fixture("bad/text")).error().code == ErrorCode::not_elf);
    CHECK(Module::open(fixture("bad/archive.a")).error().code == ErrorCode::archive);
    CHECK(Module::open(fixture("bad/truncated")).error().code == ErrorCode::truncated);
    CHECK(Module::open(fixture("bad/unknown-class")).error().code == ErrorCode::malformed);
}

TEST_CASE("frames, or exactly one reason why there are none") {
    const TemporaryFolder folder;
    const Module module = open(folder, program());
    const auto answer = module.lookup({kText + 8});
    REQUIRE(answer);
    CHECK_FALSE(answer->miss);
    REQUIRE(answer->frames.size() == 2);
    CHECK(answer->frames[0].name == "inner");
    CHECK(answer->frames[0].inlined);
    CHECK(answer->frames[1].name == "outer");
    CHECK(answer->frames[1].location.line == 20);
    const auto label = module.lookup({kText + 0x84});
    REQUIRE(label->frames.size() == 1);
    CHECK(label->frames[0].name == "label");
    CHECK(label->frames[0].name_source == NameSource::symbol_table);
    CHECK(label->frames[0].start == FileAddress{kText + 0x80});
    CHECK(label->frames[0].location.file.empty());
    CHECK(miss_at(module, kText + 0x100) == Miss::not_covered);
    CHECK(miss_at(module, kData) == Miss::not_mapped);
    CHECK(miss_at(module, 0) == Miss::not_mapped);
    CHECK(miss_at(open(folder, program(true, false)), kText + 0x100) == Miss::no_symbols);
    const Module bare = open(folder, program(false, false));
    CHECK(miss_at(bare, kText) == Miss::no_debug_info);
    CHECK(bare.files().debug_path().empty());
    CHECK(bare.files().found_by() == FoundBy::nothing);
    const Module symbols_only = open(folder, program(false, true));
    CHECK(symbols_only.lookup({kText})->frames.at(0).name == "outer");
    CHECK(miss_at(symbols_only, kText + 0x100) == Miss::not_covered);
}

TEST_CASE("nothing is subtracted from an address") {
    const TemporaryFolder folder;
    const Module module = open(folder, program());
    CHECK(module.lookup({kText + 7})->frames.size() == 1);
    CHECK(module.lookup({kText + 8})->frames.size() == 2);
    CHECK(module.lookup({kText + 15})->frames.size() == 2);
    CHECK(module.lookup({kText + 16})->frames.size() == 1);
}

TEST_CASE("a return address is looked up in the call before it") {
    const TemporaryFolder folder;
    const Module module = open(folder, program());
    // The call is the last instruction of the function.
    const FileAddress end{kText + 0x40};
    const auto call = module.lookup(end, CodeKind::after_call);
    REQUIRE(call);
    CHECK(call->frames.at(0).name == "outer");
    CHECK(module.lookup(end, CodeKind::exact)->frames.empty());
    CHECK(module.reader().lookup(end, CodeKind::after_call)->frames.at(0).name == "outer");
    const auto declared = module.lookup(end, CodeKind::after_call, Detail::declarations);
    CHECK(declared->frames.at(0).start == FileAddress{kText});
}

TEST_CASE("declarations and starts on demand") {
    const TemporaryFolder folder;
    const Module module = open(folder, program());
    const auto plain = module.lookup({kText + 9});
    CHECK(plain->frames[0].declaration.line == 0);
    CHECK(plain->frames[0].declaration.file.empty());
    const auto full = module.lookup({kText + 9}, Detail::declarations);
    CHECK(full->frames[0].declaration.line == 5);
    CHECK(full->frames[0].declaration.file == "/usr/src/include/far.h");
    CHECK(full->frames[0].start == FileAddress{kText + 8});
    CHECK(full->frames[1].start == FileAddress{kText});
}

TEST_CASE("text in frames outlives later lookups and a move") {
    const TemporaryFolder folder;
    Module module = open(folder, program());
    const auto first = module.lookup({kText + 8});
    const auto file = first->frames[0].location.file;
    const Module moved = std::move(module);
    for (std::uint64_t address = kText; address < kText + 0x100; ++address) {
        CHECK(moved.lookup({address}));
    }
    CHECK(file == "/usr/src/main.c");
    CHECK(first->frames[1].name == "outer");
    CHECK(moved.lookup({kText + 8})->frames[0].location.file.data() == file.data());
}

TEST_CASE("damage is told, an address that cannot be answered for it is an error") {
    ProgramBuilder built;
    LineBuilder lines(built.dwarf());
    lines.row(kText, 9).set_address(kText + 8).end_sequence().end();
    built.begin_unit(kText, 0x80);
    built.function("before", kText, 8);
    built.dwarf().info().uleb(99);
    built.end_unit();
    built.dwarf().elf().add_symbol(
        {.name = "named", .value = kText + 0x10, .size = 8, .section = 1});
    const TemporaryFolder folder;
    const Module module = open(folder, built.dwarf().build());
    CHECK(module.damage().empty());
    CHECK(module.lookup({kText})->frames.at(0).name == "before");
    CHECK_FALSE(module.damage().empty());
    CHECK(module.lookup({kText + 0x10})->frames.at(0).name == "named");
    const auto lost = module.lookup({kText + 0x40});
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == ErrorCode::malformed);
    CHECK(lost.error().message == module.damage());
    CHECK(lost.error().file == module.path());
}

TEST_CASE("damaged fixtures answer or refuse, and go on") {
    for (const auto& entry : std::filesystem::directory_iterator(fixture("bad"))) {
        CAPTURE(entry.path().string());
        const auto module = Module::open(entry.path().string());
        if (!module) continue;
        for (const Section& section : module->sections().all()) {
            if (!section.executable()) continue;
            const auto step = section.size / 64 + 1;
            for (std::uint64_t offset = 0; offset < section.size; offset += step) {
                const auto at = module->sections().address_of(section, offset);
                if (!at) continue;
                const auto answer = module->lookup(*at, Detail::declarations);
                if (!answer) {
                    CHECK_FALSE(answer.error().message.empty());
                    continue;
                }
                CHECK(answer->frames.empty() == answer->miss.has_value());
            }
        }
    }
}
