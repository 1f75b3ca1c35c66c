#include "symline/symbolizer.h"

#include <doctest/doctest.h>

#include "support/files.h"

using namespace symline;
using namespace symline::test;

namespace {

const std::string kProgram = fixture("c-gcc-dwarf5");

/// The program's code, mapped 0x10000 above its own addresses.
Mapping mapping_of(const std::string& path) {
    const auto module = Module::open(kProgram);
    REQUIRE(module);
    Mapping mapping;
    mapping.begin = {0x10000};
    mapping.end = {0x80000000};
    mapping.module_begin = mapping.begin;
    mapping.bias = LoadBias{0x10000};
    mapping.path = path;
    mapping.build_id = module->build_id();
    return mapping;
}

CodeAddress start_address() {
    const auto module = Module::open(kProgram);
    const auto symbols = module->symbols().named("_start");
    REQUIRE(symbols);
    return {{symbols->front().address.value + 0x10000}};
}

}  // namespace

TEST_CASE("a runtime address through its mapping") {
    Symbolizer symbolizer;
    const std::vector<Mapping> mappings{mapping_of(kProgram)};
    const auto answer = symbolizer.resolve(mappings, start_address());
    REQUIRE(answer.module != nullptr);
    CHECK(answer.offset == start_address().address.value - 0x10000);
    REQUIRE_FALSE(answer.lookup.frames.empty());
    CHECK(answer.lookup.frames.back().name == "_start");
    CHECK(symbolizer.found_by(mappings[0]) == FoundBy::mapped_path);
    const auto outside = symbolizer.resolve(mappings, {{0x10}});
    CHECK(outside.module_name.empty());
    CHECK(outside.lookup.miss == Miss::not_mapped);
}

TEST_CASE("a file of another build id is not used, and the reason is said") {
    Symbolizer symbolizer;
    auto mapping = mapping_of(kProgram);
    mapping.build_id = BuildId::parse("0102030405");
    const std::vector<Mapping> mappings{mapping};
    const auto answer = symbolizer.resolve(mappings, start_address());
    CHECK(answer.module == nullptr);
    CHECK(answer.lookup.miss == Miss::module_not_found);
    CHECK(describe(*answer.lookup.miss).find("the process had 0102030405") !=
          std::string_view::npos);
}

TEST_CASE("two processes with other builds of one path get a file each") {
    Symbolizer symbolizer;
    const std::vector<Mapping> first{mapping_of(kProgram)};
    auto second = first;
    second[0].build_id = BuildId::parse("0102030405");
    for (int round = 0; round < 2; ++round) {
        CHECK(symbolizer.resolve(first, start_address()).module != nullptr);
        CHECK(symbolizer.resolve(second, start_address()).module == nullptr);
    }
}

TEST_CASE("a file that is only known as deleted is not the one that stands there") {
    Symbolizer symbolizer;
    auto there = mapping_of(kProgram);
    there.build_id.reset();
    auto deleted = there;
    deleted.deleted = true;
    CHECK(symbolizer.module(there) != nullptr);
    CHECK(symbolizer.module(deleted) == nullptr);
    CHECK(symbolizer.module(there) != nullptr);
}

TEST_CASE("a file that lies elsewhere: below a root, or in a folder that was named") {
    const std::vector<Mapping> mappings{mapping_of("/nowhere/c-gcc-dwarf5")};
    CHECK(Symbolizer().resolve(mappings, start_address()).module == nullptr);
    SymbolizerOptions folder;
    folder.folders = {symline::test::fixtures_folder()};
    Symbolizer by_folder(folder);
    CHECK(by_folder.resolve(mappings, start_address()).module != nullptr);
    CHECK(by_folder.found_by(mappings[0]) == FoundBy::same_folder);
    const TemporaryFolder sysroot;
    sysroot.copy("nowhere/c-gcc-dwarf5", kProgram);
    SymbolizerOptions root;
    root.roots = {sysroot.root()};
    CHECK(Symbolizer(root).resolve(mappings, start_address()).module != nullptr);
}

TEST_CASE("the program that was named is used where there is no build id to compare") {
    auto mapping = mapping_of("/nowhere/p");
    mapping.build_id.reset();
    const std::vector<Mapping> mappings{mapping};
    SymbolizerOptions options;
    options.files = {kProgram};
    CHECK(Symbolizer(options).resolve(mappings, start_address()).module == nullptr);
    options.program_path = "/nowhere/p";
    CHECK(Symbolizer(options).resolve(mappings, start_address()).module != nullptr);
}

TEST_CASE("the package of split units that was named is used") {
    const auto program = fixture("split/missing/c-gcc-split");
    auto mapping = mapping_of(program);
    mapping.build_id = Module::open(program)->build_id();
    const std::vector<Mapping> mappings{mapping};
    const auto functions = [&](SymbolizerOptions options) {
        Symbolizer symbolizer(std::move(options));
        // In outer, at an inlined call.
        return symbolizer.resolve(mappings, {{0x4a1140 + 0x10000 + 20}}).lookup.frames.size();
    };
    CHECK(functions({}) == 1);
    SymbolizerOptions named;
    named.split_package = fixture("split-package/c-gcc-dwarf5-package.dwp");
    CHECK(functions(named) == 4);
}

TEST_CASE("a file that is gone is taken from memory, and one with a handle from there") {
    auto mapping = mapping_of("/nowhere/at/all");
    const auto image = read_whole(kProgram);
    int asked = 0;
    SymbolizerOptions options;
    options.from_memory = [&](const Mapping& each) {
        ++asked;
        CHECK(each.path == "/nowhere/at/all");
        return image;
    };
    Symbolizer symbolizer(options);
    const std::vector<Mapping> mappings{mapping};
    CHECK(symbolizer.resolve(mappings, start_address()).lookup.frames.back().name == "_start");
    CHECK(symbolizer.found_by(mappings[0]) == FoundBy::process_memory);
    CHECK(asked == 1);

    mapping.handle = kProgram;
    Symbolizer other(options);
    const std::vector<Mapping> handled{mapping};
    CHECK(other.module(handled[0]) != nullptr);
    CHECK(other.found_by(handled[0]) == FoundBy::mapped_path);
    // Without a build id, the handle alone is certain.
    mapping.build_id.reset();
    mapping.path = fixture("c-gcc-dwarf4");
    const std::vector<Mapping> unknown{mapping};
    REQUIRE(other.module(unknown[0]) != nullptr);
    CHECK(other.module(unknown[0])->path() == kProgram);
    CHECK(other.compared(unknown[0]));
    CHECK(asked == 1);
}
