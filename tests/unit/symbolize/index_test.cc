// Answers from an index are those of the debug information.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "support/files.h"
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

/// How many addresses of code were compared; none when the fixture cannot have an index.
std::size_t compare(const std::string& path, const std::string& directory) {
    const Module plain = open(path, IndexUse::never, directory);
    if (!plain.write_index(directory)) return 0;
    const Module indexed = open(path, IndexUse::require, directory);
    std::size_t compared = 0;
    for (const Section& section : plain.sections()) {
        if (!section.allocated() || !section.executable()) continue;
        const std::uint64_t size = std::min<std::uint64_t>(section.size, 1 << 16);
        for (std::uint64_t offset = 0; offset < size; ++offset, ++compared) {
            const FileAddress address{section.address.value + offset};
            INFO(path << " " << section.name << "+" << offset);
            REQUIRE(answer(indexed, address) == answer(plain, address));
        }
    }
    CHECK(indexed.index_problem().empty());
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
