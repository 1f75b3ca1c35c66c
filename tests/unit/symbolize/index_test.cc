// Answers from an index are those of the debug information.
#include <doctest/doctest.h>

#include <elf.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>

#include "gsym/gsym_reader.h"
#include "support/files.h"
#include "symbolize/index_builder.h"
#include "symbolize/index_identity.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

/// Every name that a printer may show, and everything else of a frame.
std::string text_of(const Lookup& lookup) {
    std::string text;
    const auto add = [&text](auto value) { text += std::to_string(value) + ' '; };
    for (const Frame& frame : lookup.frames) {
        const bool both = !frame.linkage_name.empty() && !frame.name.empty();
        (text += frame.linkage_or_name()) += ' ';
        (text += both ? frame.name : frame.linkage_or_name()) += ' ';
        (text += frame.location.file) += ' ';
        add(frame.location.compilation_directory_size);
        add(frame.location.line);
        add(frame.location.column);
        add(frame.location.discriminator);
        add(frame.inlined);
        add(static_cast<int>(frame.name_source));
        add(frame.start ? frame.start->value : 0);
        text += '\n';
    }
    if (lookup.miss) text += describe(*lookup.miss);
    return text;
}

std::string answer(const Module& module, FileAddress address) {
    const auto lookup = module.lookup(address);
    return lookup ? text_of(*lookup) : "error: " + lookup.error().message;
}

Module open(const std::string& path, IndexUse use, const std::string& directory) {
    DebugFileOptions places;
    places.index = use;
    places.index_directory = directory;
    ModuleOptions options;
    options.debug_files = std::make_shared<DebugFiles>(std::move(places));
    auto module = Module::open(path, std::move(options));
    REQUIRE(module);
    return std::move(*module);
}

FileAddress some_function(const Module& module) {
    const auto symbols = module.symbols().all();
    REQUIRE(symbols);
    for (const Symbol& symbol : *symbols) {
        if (symbol.type == SymbolType::function && symbol.section) return symbol.address;
    }
    FAIL("no function");
    return {};
}

/// Every address of the functions that have lines.
std::vector<std::uint64_t> code_of_functions(const Module& module) {
    std::vector<std::uint64_t> code;
    const auto symbols = module.symbols().all();
    REQUIRE(symbols);
    for (const Symbol& symbol : *symbols) {
        if (symbol.type != SymbolType::function || !symbol.section) continue;
        const auto lookup = module.lookup(symbol.address);
        if (!lookup || lookup->frames.empty() || lookup->frames.front().location.line == 0)
            continue;
        for (std::uint64_t i = 0; i < symbol.size; ++i) code.push_back(symbol.address.value + i);
    }
    CHECK(code.size() > 50);
    return code;
}

/// How many addresses of code were compared; none when the fixture cannot have an index.
std::size_t compare(const std::string& path, const std::string& directory) {
    const Module plain = open(path, IndexUse::never, directory);
    if (!plain.index().write(directory)) return 0;
    const Module indexed = open(path, IndexUse::require, directory);
    std::size_t compared = 0;
    for (const Section& section : plain.sections().all()) {
        if (!section.allocated() || !section.executable()) continue;
        const std::uint64_t size = std::min<std::uint64_t>(section.size, 1 << 16);
        for (std::uint64_t offset = 0; offset < size; ++offset, ++compared) {
            const FileAddress address{section.address.value + offset};
            INFO(path << " " << section.name << "+" << offset);
            REQUIRE(answer(indexed, address) == answer(plain, address));
        }
    }
    CHECK(indexed.index().problem().empty());
    return compared;
}

}  // namespace

TEST_CASE("every address of every fixture has the same frames with an index as without one") {
    const TemporaryFolder folder;
    std::size_t files = 0, addresses = 0;
    for (const auto& entry : std::filesystem::directory_iterator(fixture(""))) {
        if (!entry.is_regular_file()) continue;
        if (!Module::open(entry.path().string())) continue;
        const std::size_t compared = compare(entry.path().string(), folder.root());
        files += compared > 0;
        addresses += compared;
    }
    MESSAGE(files << " files, " << addresses << " addresses");
    CHECK(files >= 40);
    CHECK(addresses >= 50000);
}

TEST_CASE("an index itself answers every address of the functions of each DWARF version") {
    const TemporaryFolder folder;
    for (const char* name : {"c-gcc-dwarf2", "c-gcc-dwarf2-strict", "c-clang-dwarf2",
                             "c-gcc-dwarf3", "c-gcc-dwarf4", "c-gcc-dwarf5"}) {
        CAPTURE(name);
        const std::string path = fixture(name);
        const auto file = elf::ElfFile::open(path);
        REQUIRE(file);
        const Module module = open(path, IndexUse::never, folder.root());
        const auto written = module.index().write(folder.root());
        REQUIRE(written);
        const auto bytes = read_whole(written->path);
        auto reader =
            gsym::GsymReader::of(bytes, symbolize::index_id(*file), symbolize::placement_of(*file));
        REQUIRE(reader);
        std::vector<Frame> frames;
        for (const std::uint64_t address : code_of_functions(module)) {
            INFO("address " << address);
            REQUIRE(reader->lookup(address, frames) == gsym::Answer::frames);
        }
    }
}

TEST_CASE("an index that is damaged, foreign or of another file is ignored with a word") {
    const TemporaryFolder folder;
    const std::string path = fixture("cxx-gcc-dwarf5");
    const Module plain = open(path, IndexUse::never, folder.root());
    const FileAddress main = some_function(plain);
    const std::string expected = answer(plain, main);
    const auto written = plain.index().write(folder.root());
    REQUIRE(written);
    const auto good = read_whole(written->path);
    const auto word = [&](const ByteVector& bytes) {
        std::ofstream(written->path, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()),
                   static_cast<std::streamsize>(bytes.size()));
        const Module module = open(path, IndexUse::automatic, folder.root());
        CHECK(answer(module, main) == expected);
        return std::string(module.index().problem());
    };
    CHECK(word(good) == "");
    CHECK(word(ByteVector(good.begin(), good.begin() + 100)) == "damaged");
    auto flipped = good;
    for (std::size_t i = 64; i < flipped.size() - 256; i += 64) flipped[i] ^= 1;
    CHECK(word(flipped) == "damaged");
    auto foreign = good;
    foreign.resize(foreign.size() + 300);
    CHECK(word(foreign) == "damaged, or made by another program");
    const auto other = open(fixture("c-gcc-dwarf5"), IndexUse::never, folder.root())
                           .index()
                           .write(folder.path("other"));
    REQUIRE(other);
    CHECK(word(read_whole(other->path)).starts_with("made from a file"));
}

TEST_CASE("an index answers for what it was made of alone, also where the build id is the same") {
    const TemporaryFolder folder;
    const auto bytes = read_whole(fixture("c-gcc-dwarf5"));
    const auto path = folder.write("program", bytes);
    REQUIRE(open(path, IndexUse::never, folder.root()).index().write(folder.root()));
    const auto problem = [&](std::string_view section, std::size_t at) {
        auto changed = bytes;
        const auto module = open(path, IndexUse::never, folder.root());
        const auto* found = module.sections().named(section);
        REQUIRE(found != nullptr);
        const auto content = module.sections().contents(*found);
        const auto begin = std::ranges::search(changed, content).begin();
        REQUIRE(begin != changed.end());
        begin[static_cast<std::ptrdiff_t>(at)] ^= 1;
        const auto other = folder.write("other", changed);
        return std::string(open(other, IndexUse::automatic, folder.root()).index().problem());
    };
    CHECK(open(path, IndexUse::automatic, folder.root()).index().problem().empty());
    CHECK(problem(".text", 40) == "made from a file with other code");
    CHECK(problem(".debug_line", 100) == "made from other debug information");
    CHECK(problem(".debug_info", 60) == "made from other debug information");
    CHECK(problem(".symtab", 29).empty());
}

TEST_CASE("an index is not used once the debug file that it was made from is another one") {
    const TemporaryFolder folder;
    const auto debug = read_whole(fixture("debuglink/beside.debug"));
    const auto program = folder.write("beside", read_whole(fixture("debuglink/beside")));
    const auto beside = folder.write("beside.debug", debug);
    const auto problem = [&] {
        return std::string(open(program, IndexUse::automatic, folder.root()).index().problem());
    };
    REQUIRE(open(program, IndexUse::never, folder.root()).index().write(folder.root()));
    CHECK(problem().empty());
    // Copied once more, at another time.
    folder.write("beside.debug", debug);
    std::filesystem::last_write_time(
        beside, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    CHECK(problem().empty());
    folder.write("beside.debug", read_whole(fixture("c-gcc-dwarf4")));
    CHECK(problem() == "its debug file has changed since it was made");
    std::filesystem::remove(beside);
    CHECK(problem().empty());
}

TEST_CASE("no index is read from or written to a folder that every user may write to") {
    const TemporaryFolder folder;
    const auto path = fixture("c-gcc-dwarf5");
    REQUIRE(open(path, IndexUse::never, folder.root()).index().write(folder.root()));
    std::filesystem::permissions(folder.root(), std::filesystem::perms::others_write,
                                 std::filesystem::perm_options::add);
    const Module module = open(path, IndexUse::automatic, folder.root());
    CHECK(module.index().problem().starts_with("every user may write to the folder"));
    CHECK(module.index().path().empty());
    const auto written = module.index().write(folder.root());
    REQUIRE_FALSE(written);
    CHECK(written.error().message.starts_with("no index written: every user may write"));
}

TEST_CASE("no index is made of a file whose code sections have the same addresses") {
    const TemporaryFolder folder;
    auto bytes = read_whole(fixture("mini-module.ko"));
    bytes[offsetof(Elf64_Ehdr, e_type)] = ET_DYN;
    const auto module = Module::open(folder.write("module", bytes));
    REQUIRE(module);
    const auto written = module->index().write(folder.root());
    REQUIRE_FALSE(written);
    CHECK(written.error().code == ErrorCode::malformed);
    CHECK(written.error().message.ends_with("have the same addresses"));
}

TEST_CASE("no index is made of what nothing ties to its debug file") {
    const TemporaryFolder folder;
    DebugFileOptions places;
    places.gsym = GsymUse::never;
    places.debug_files = {fixture("c-gcc-dwarf4")};
    ModuleOptions options;
    options.debug_files = std::make_shared<DebugFiles>(std::move(places));
    const auto module = Module::open(fixture("gsym/no-id-stripped"), std::move(options));
    REQUIRE(module);
    REQUIRE(module->files().debug_path() == fixture("c-gcc-dwarf4"));
    const auto written = module->index().write(folder.root());
    REQUIRE_FALSE(written);
    CHECK(written.error().message.contains("neither a build id nor a debug link"));
}

TEST_CASE("a module cannot be opened without the index that is required") {
    const TemporaryFolder folder;
    DebugFileOptions places;
    places.index = IndexUse::require;
    places.index_directory = folder.root();
    ModuleOptions options;
    options.debug_files = std::make_shared<DebugFiles>(std::move(places));
    const auto module = Module::open(fixture("c-gcc-dwarf5"), std::move(options));
    REQUIRE_FALSE(module);
    CHECK(module.error().code == ErrorCode::no_index);
}

TEST_CASE("once its index is written a module is answered from it") {
    const TemporaryFolder folder;
    const Module module = open(fixture("c-gcc-dwarf5"), IndexUse::automatic, folder.root());
    const FileAddress main = some_function(module);
    const std::string expected = answer(module, main);
    CHECK(module.index().path().empty());
    std::uint64_t last = 0;
    REQUIRE(module.index().write({}, [&](std::uint64_t done, std::uint64_t all) {
        CHECK(done <= all);
        last = done;
    }));
    CHECK_FALSE(module.index().path().empty());
    CHECK(answer(module, {main.value + 1}).size() > 0);
    CHECK(answer(module, main) == expected);
}

TEST_CASE("no index is made of damaged or missing debug information") {
    const TemporaryFolder folder;
    const auto refusal = [&](std::string_view name) {
        const auto module = Module::open(fixture(name));
        REQUIRE(module);
        const auto written = module->index().write(folder.root());
        return written ? std::string("written") : written.error().message;
    };
    CHECK(refusal("stripped-all").starts_with("no debug information"));
    CHECK(refusal("dwz-lost/cxx-dwz-lost").contains("supplementary"));
    CHECK(refusal("bad/filled-debug-info").contains("damaged"));
    CHECK(std::filesystem::is_empty(folder.root()));
}
