// Programs after dwz: the same answers as before it.
#include <doctest/doctest.h>

#include <utility>

#include "support/files.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

Module open(const std::string& path, std::vector<std::string> directories = {}) {
    auto module =
        Module::open(path, {.debug_directories = std::move(directories), .find_debug_file = true});
    REQUIRE(module);
    return std::move(*module);
}

std::string place(const SourceLocation& location) {
    return std::string(location.file) + ":" + std::to_string(location.line) + ":" +
           std::to_string(location.column);
}

/// Everything that is known of every address of .text.
std::string all(const Module& module) {
    std::string text;
    const Section& code = *module.sections().named(".text");
    for (std::uint64_t offset = 0; offset < code.size; ++offset) {
        const auto answer = module.lookup({code.address.value + offset}, Detail::declarations);
        REQUIRE(answer);
        text += std::to_string(offset) + "\n";
        for (const Frame& frame : answer->frames) {
            text.append(frame.name).append(" ").append(frame.linkage_name).append(" ");
            text += place(frame.location) + " " + place(frame.declaration) + "\n";
        }
    }
    return text;
}

constexpr std::pair<const char*, const char*> kPairs[] = {
    {"cxx-gcc-dwarf5", "cxx-dwz"},
    {"cxx-gcc-dwarf4", "cxx-dwz-alt"},
    {"c-gcc-dwarf5", "dwz-gnu/c-dwz-gnu"},
    {"cxx-gcc-dwarf5", "dwz-gnu/cxx-dwz-gnu"},
    {"c-gcc-dwarf5", "dwz-sup/c-dwz-sup"},
    {"cxx-gcc-dwarf5", "dwz-sup/cxx-dwz-sup"},
    {"c-gcc-dwarf4", "dwz-types/c-dwz-types"},
    {"cxx-gcc-types-v4", "dwz-types/cxx-dwz-types"},
};

}  // namespace

TEST_CASE("dwz changes no answer") {
    for (const auto& [before, after] : kPairs) {
        CAPTURE(after);
        const Module whole = open(fixture(before)), split = open(fixture(after));
        const std::string expected = all(whole);
        CHECK(expected.size() > 50000);
        CHECK(all(split) == expected);
        CHECK(split.damage().empty());
        CHECK(split.files().refused().empty());
    }
}

TEST_CASE("type units change no answer") {
    for (const char* compiler : {"gcc", "clang"}) {
        for (const char* version : {"4", "5"}) {
            const std::string prefix = std::string("cxx-") + compiler;
            CAPTURE(prefix + version);
            CHECK(all(open(fixture(prefix + "-types-v" + version))) ==
                  all(open(fixture(prefix + "-dwarf" + version))));
        }
    }
}

TEST_CASE("without the supplementary file: lines and symbols, and what is missing is said") {
    const TemporaryFolder folder;
    const auto path = folder.copy("prog", fixture("dwz-gnu/c-dwz-gnu"));
    const Module module = open(path, {folder.path("debug")});
    const auto symbol = module.symbols().named("outer")->at(0);
    CHECK(module.damage().empty());
    const auto answer = module.lookup(symbol.address);
    REQUIRE(answer);
    CHECK(answer->frames.back().name == "outer");
    CHECK(answer->frames.back().location.line != 0);
    CHECK(module.damage().find("common.debug of build id ") != std::string::npos);
    CHECK(module.files().refused().empty());
}

TEST_CASE("a supplementary file of another build id is refused, in favour of the right one") {
    const TemporaryFolder folder;
    const auto path = folder.copy("prog", fixture("dwz-gnu/c-dwz-gnu"));
    folder.copy("common.debug", fixture("dwz-types/common.debug"));
    const Module without = open(path);
    all(without);
    REQUIRE(without.files().refused().size() == 1);
    CHECK(without.files().refused()[0].code == ErrorCode::mismatch);
    CHECK_FALSE(without.damage().empty());

    const std::string common = open(fixture("dwz-gnu/common.debug")).build_id()->hex();
    folder.copy("debug/.build-id/" + common.substr(0, 2) + "/" + common.substr(2) + ".debug",
                fixture("dwz-gnu/common.debug"));
    const Module found = open(path, {folder.path("debug")});
    CHECK(all(found) == all(open(fixture("c-gcc-dwarf5"))));
    CHECK(found.files().refused().size() == 1);
    CHECK(found.damage().empty());
}
