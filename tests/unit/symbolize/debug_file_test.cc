#include <doctest/doctest.h>

#include "support/files.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

ModuleOptions looking_in(std::string directory) {
    return {.debug_files = nullptr,
            .debug_directories = {std::move(directory)},
            .find_debug_file = true};
}

Module open(std::string_view name, ModuleOptions options = {}) {
    auto module = Module::open(fixture(name), std::move(options));
    REQUIRE(module);
    return std::move(*module);
}

/// How many addresses of .text have a line.
int lines(const Module& module) {
    const Section& text = *module.sections().named(".text");
    int known = 0;
    for (std::uint64_t offset = 0; offset < text.size; ++offset) {
        const auto answer = module.lookup({text.address.value + offset});
        known += answer && !answer->frames.empty() && answer->frames[0].location.line != 0 ? 1 : 0;
    }
    return known;
}

}  // namespace

TEST_CASE("the file itself, where it has DWARF") {
    const Module module = open("c-gcc-dwarf5");
    CHECK(module.files().debug_path() == module.path());
    CHECK(module.files().found_by() == FoundBy::file_itself);
    CHECK(module.files().refused().empty());
}

TEST_CASE("the build-id tree, which also gives the symbols that the file lacks") {
    const Module module = open("buildid-found", looking_in(fixture("debugroot")));
    CHECK(module.files().found_by() == FoundBy::build_id_tree);
    CHECK(module.files().debug_path().starts_with(fixture("debugroot")));
    CHECK(lines(module) > 100);
    CHECK(module.symbols().named("outer")->size() == 1);
}

TEST_CASE("looking can be switched off") {
    const Module module = open("buildid-found", {.debug_files = nullptr,
                                                 .debug_directories = {fixture("debugroot")},
                                                 .find_debug_file = false});
    CHECK(module.files().debug_path().empty());
    CHECK(module.files().found_by() == FoundBy::nothing);
    CHECK(lines(module) == 0);
}

TEST_CASE("a file of another build id is refused, with the reason") {
    const Module module = open("buildid-refused", looking_in(fixture("debugroot")));
    CHECK(module.files().debug_path().empty());
    REQUIRE(module.files().refused().size() == 1);
    CHECK(module.files().refused()[0].code == ErrorCode::mismatch);
    CHECK(lines(module) == 0);
}

TEST_CASE("debug links") {
    for (const char* name : {"debuglink/beside", "debuglink/subfolder"}) {
        CAPTURE(name);
        const Module module = open(name, looking_in("/nonexistent"));
        CHECK(module.files().found_by() == FoundBy::debug_link);
        CHECK(lines(module) > 100);
    }
    const Module wrong = open("debuglink/wrong-crc", looking_in("/nonexistent"));
    CHECK(wrong.files().debug_path().empty());
    REQUIRE(wrong.files().refused().size() == 1);
    CHECK(wrong.files().refused()[0].code == ErrorCode::mismatch);
    const Module missing = open("debuglink/missing", looking_in("/nonexistent"));
    CHECK(missing.files().debug_path().empty());
    CHECK(missing.files().refused().empty());
}
