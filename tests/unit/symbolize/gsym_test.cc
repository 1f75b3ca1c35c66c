// A module answered from a GSYM file.
#include <doctest/doctest.h>

#include "support/files.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

Module open(const std::string& name, GsymUse use, std::vector<std::string> directories = {}) {
    DebugFileOptions places;
    places.gsym = use;
    places.gsym_directories = std::move(directories);
    ModuleOptions options;
    options.debug_files = std::make_shared<DebugFiles>(std::move(places));
    auto module = Module::open(fixture("gsym/" + name), std::move(options));
    REQUIRE(module);
    return std::move(*module);
}

/// Of all addresses of the first executable section with lines, how many frames have a file.
std::size_t located(const Module& module) {
    std::size_t count = 0;
    for (const Section& section : module.sections().all()) {
        if (!section.executable()) continue;
        for (std::uint64_t i = 0; i < section.size; ++i) {
            const auto found = module.lookup(FileAddress{section.address.value + i});
            REQUIRE(found);
            for (const Frame& frame : found->frames) count += frame.location.file.empty() ? 0 : 1;
        }
    }
    return count;
}

}  // namespace

TEST_CASE("a file without debug information is answered from FILE.gsym") {
    const Module module = open("cxx", GsymUse::without_dwarf);
    CHECK(located(module) > 100);
    CHECK(module.files().found_by() == FoundBy::gsym_file);
    CHECK(module.files().debug_path() == fixture("gsym/cxx.gsym"));
    CHECK(module.damage().empty());
    CHECK(located(open("cxx", GsymUse::never)) == 0);
    CHECK(located(open("big-endian", GsymUse::without_dwarf)) > 100);
}

TEST_CASE("FILE.gsym may be in another folder") {
    CHECK(located(open("apart", GsymUse::without_dwarf)) == 0);
    const Module module =
        open("apart", GsymUse::without_dwarf, {fixture("nowhere"), fixture("gsym/elsewhere")});
    CHECK(located(module) > 100);
    CHECK(module.files().debug_path() == fixture("gsym/elsewhere/apart.gsym"));
}

TEST_CASE("DWARF comes before a GSYM file, unless it shall not") {
    const Module module = open("with-dwarf", GsymUse::without_dwarf);
    CHECK(module.files().found_by() == FoundBy::file_itself);
    CHECK(open("with-dwarf", GsymUse::before_dwarf).files().found_by() == FoundBy::gsym_file);
}

TEST_CASE("a GSYM file of another build is refused") {
    const Module module = open("other", GsymUse::before_dwarf);
    CHECK(located(module) == 0);
    const auto refused = module.files().refused();
    REQUIRE(refused.size() == 1);
    CHECK(refused[0].code == ErrorCode::mismatch);
    CHECK(refused[0].message.starts_with("build id 1a2f"));
    CHECK(refused[0].message.contains(" instead of 663a"));
}

TEST_CASE("a GSYM file without a build id is compared with the symbols") {
    const Module module = open("no-id-symbols", GsymUse::without_dwarf);
    CHECK(located(module) > 100);
    CHECK(module.damage().empty());
    const Module moved = open("no-id-moved", GsymUse::without_dwarf);
    CHECK(located(moved) == 0);
    REQUIRE(moved.files().refused().size() == 1);
    CHECK(moved.files().refused()[0].message == "its functions are not where the file has them");
    const Module stripped = open("no-id-stripped", GsymUse::without_dwarf);
    CHECK(located(stripped) > 100);
    CHECK(stripped.damage() == "no build id in it: whether it is of this file is not known");
}

TEST_CASE("a GSYM file that is cut off is refused") {
    const Module module = open("cut", GsymUse::without_dwarf);
    CHECK(located(module) == 0);
    REQUIRE(module.files().refused().size() == 1);
    CHECK(module.files().refused()[0].message == "truncated or damaged GSYM tables");
}

TEST_CASE("a damaged record is an error where no symbol names the function, and no wrong line") {
    const TemporaryFolder folder;
    ByteVector gsym = read_whole(fixture("gsym/cxx.gsym"));
    // Each part of each record is longer than the file.
    const std::size_t first = 0x600;
    for (std::size_t i = first; i < gsym.size(); ++i) gsym[i] = 0xff;
    folder.write("cxx.gsym", gsym);
    const auto module = Module::open(folder.copy("cxx", fixture("gsym/cxx")));
    REQUIRE(module);
    std::size_t errors = 0;
    for (const Section& section : module->sections().all()) {
        if (!section.executable()) continue;
        for (std::uint64_t i = 0; i < section.size; ++i) {
            const auto found = module->lookup(FileAddress{section.address.value + i});
            errors += found ? 0 : 1;
            if (found) continue;
            CHECK(found.error().code == ErrorCode::malformed);
            CHECK(found.error().file == folder.path("cxx.gsym"));
        }
    }
    CHECK(errors > 100);
    CHECK(module->damage().starts_with("damaged GSYM"));
}
