#include "symline/symbolizer.h"

#include <doctest/doctest.h>

#include <algorithm>

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

TEST_CASE(
    "without a build id, the bytes in memory tell whether a file is the one that was mapped") {
    auto mapping = mapping_of(kProgram);
    mapping.build_id.reset();
    const std::vector<Mapping> mappings{mapping};
    auto image = read_whole(kProgram);
    SymbolizerOptions options;
    options.last_seen = 1;
    // The program's first segment begins with the file and lies at 0x4a0000.
    options.read_memory = [&](const Mapping&, RuntimeAddress address, std::span<std::uint8_t> to) {
        const auto at = address.value - 0x4b0000;
        if (at + to.size() > 0x1b4) return false;
        std::copy_n(image.begin() + static_cast<std::ptrdiff_t>(at), to.size(), to.begin());
        return true;
    };
    Symbolizer same(options);
    CHECK(same.module(mappings[0]) != nullptr);
    CHECK(same.compared(mappings[0]));
    CHECK(same.changed_since(mappings[0]));
    options.last_seen = std::int64_t{1} << 40;
    CHECK_FALSE(Symbolizer(options).changed_since(mappings[0]));

    image[0x28] ^= 1;
    Symbolizer other(options);
    CHECK(other.module(mappings[0]) == nullptr);
    CHECK(
        other.reason(mappings[0]) ==
        "'" + kProgram +
            "' is not the file that was mapped: the process has other bytes at offset 0x28 of it");
    // What is made from memory in its place says why.
    options.from_memory = [](const Mapping&) { return read_whole(kProgram); };
    Symbolizer made(options);
    CHECK(made.found_by(mappings[0]) == FoundBy::process_memory);
    CHECK(made.why_from_memory(mappings[0]) == other.reason(mappings[0]));
}

TEST_CASE("a file for another machine is not used") {
    auto mapping = mapping_of(kProgram);
    const std::vector<Mapping> mappings{mapping};
    SymbolizerOptions options;
    options.machine = 183;
    Symbolizer symbolizer(options);
    CHECK(symbolizer.module(mappings[0]) == nullptr);
    CHECK(symbolizer.reason(mappings[0]).find("it is for another machine") !=
          std::string_view::npos);
    options.machine = 62;
    CHECK(Symbolizer(options).module(mappings[0]) != nullptr);
}

TEST_CASE("beside the sysroot, files that can be compared are used from their own paths") {
    const TemporaryFolder sysroot;
    auto mapping = mapping_of(kProgram);
    SymbolizerOptions options;
    options.roots = {sysroot.root()};
    const std::vector<Mapping> known{mapping};
    CHECK(Symbolizer(options).module(known[0]) == nullptr);
    options.other_roots = {""};
    CHECK(Symbolizer(options).module(known[0]) != nullptr);
    mapping.build_id.reset();
    const std::vector<Mapping> unknown{mapping};
    CHECK(Symbolizer(options).module(unknown[0]) == nullptr);
}

TEST_CASE("code in the place of a file's own is that file's if its bytes are") {
    auto mapping = mapping_of(kProgram);
    mapping.remapped = true;
    const std::vector<Mapping> mappings{mapping};
    const auto module = Module::open(kProgram);
    std::uint8_t difference = 0;
    SymbolizerOptions options;
    options.read_memory = [&](const Mapping& of, RuntimeAddress address,
                              std::span<std::uint8_t> to) {
        CHECK(of.remapped);
        const auto bytes = module->sections().contents_at({address.value - 0x10000}, to.size());
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = bytes[i] ^ difference;
        return true;
    };
    Symbolizer symbolizer(options);
    CHECK(symbolizer.resolve(mappings, start_address()).lookup.frames.back().name == "_start");
    difference = 0xff;
    const auto answer = symbolizer.resolve(mappings, start_address());
    CHECK(answer.module == nullptr);
    CHECK(answer.module_name.empty());
    CHECK(answer.lookup.miss == Miss::anonymous_code);
    CHECK(describe(*answer.lookup.miss) ==
          "JIT or anonymous code, which differs from '" + kProgram + "'");
}
