#include <doctest/doctest.h>

#include <set>
#include <string>
#include <type_traits>

#include "symline/symline.h"

using namespace symline;

static_assert(RuntimeAddress{0x5000} - LoadBias{0x4000} == FileAddress{0x1000});
static_assert(RuntimeAddress{0x10} - LoadBias{0x20} == FileAddress{~std::uint64_t{0} - 15});
static_assert(!std::is_convertible_v<RuntimeAddress, FileAddress>);
static_assert(!std::is_convertible_v<std::uint64_t, FileAddress>);
static_assert(std::is_nothrow_move_constructible_v<Module>);
static_assert(!std::is_copy_constructible_v<Module>);

TEST_CASE("addresses compare by value") {
    CHECK(FileAddress{1} < FileAddress{2});
    CHECK(RuntimeAddress{2} == RuntimeAddress{2});
    CHECK(LoadBias{3} != LoadBias{4});
}

TEST_CASE("a section's flags and bounds") {
    Section section{.flags = 2, .address = {0x1000}, .size = 0x10};
    CHECK(section.allocated());
    CHECK_FALSE(section.executable());
    section.flags = 4;
    CHECK_FALSE(section.allocated());
    CHECK(section.executable());
    CHECK_FALSE(section.contains({0xfff}));
    CHECK(section.contains({0x1000}));
    CHECK(section.contains({0x100f}));
    CHECK_FALSE(section.contains({0x1010}));
    section.address = {~std::uint64_t{0} - 3};
    CHECK(section.contains({~std::uint64_t{0}}));
}

TEST_CASE("a location with and without the compilation directory") {
    SourceLocation location{.file = "/usr/src/lib/a.c", .compilation_directory_size = 9};
    CHECK(location.relative_file() == "lib/a.c");
    location.compilation_directory_size = 0;
    CHECK(location.relative_file() == "/usr/src/lib/a.c");
    CHECK(SourceLocation{}.relative_file().empty());
}

TEST_CASE("the name for a linker is the linkage name where there is one") {
    Frame frame;
    CHECK(frame.linkage_or_name().empty());
    frame.name = "area";
    CHECK(frame.linkage_or_name() == "area");
    frame.linkage_name = "_ZN5shape4areaEv";
    CHECK(frame.linkage_or_name() == "_ZN5shape4areaEv");
}

TEST_CASE("every reason for a miss has a phrase of its own, without a full stop") {
    std::set<std::string> phrases;
    for (const Miss::Code miss : {Miss::no_debug_info, Miss::no_symbols, Miss::not_covered,
                                  Miss::not_mapped, Miss::module_not_found, Miss::anonymous_code}) {
        const std::string phrase(describe(miss));
        CHECK_FALSE(phrase.empty());
        CHECK(phrase.back() != '.');
        CHECK((phrase.starts_with("JIT") || (phrase.front() >= 'a' && phrase.front() <= 'z')));
        phrases.insert(phrase);
    }
    CHECK(phrases.size() == 6);
}

TEST_CASE("a miss is compared by its code and described by its detail") {
    Lookup lookup;
    lookup.miss = Miss::no_debug_info;
    CHECK(lookup.miss == Miss::no_debug_info);
    CHECK(describe(*lookup.miss) == describe(Miss::no_debug_info));
    lookup.miss = Miss(Miss::no_debug_info, "the file has another build id");
    CHECK(lookup.miss == Miss::no_debug_info);
    CHECK(lookup.miss != Miss::not_mapped);
    CHECK(describe(*lookup.miss) == "the file has another build id");
}

TEST_CASE("the headers have the version of the project") {
    const std::string version = std::to_string(SYMLINE_VERSION_MAJOR) + "." +
                                std::to_string(SYMLINE_VERSION_MINOR) + "." +
                                std::to_string(SYMLINE_VERSION_PATCH);
    CHECK(version == SYMLINE_PROJECT_VERSION);
    CHECK(SYMLINE_VERSION >= SYMLINE_MAKE_VERSION(SYMLINE_VERSION_MAJOR, 0, 0));
    CHECK(SYMLINE_VERSION < SYMLINE_MAKE_VERSION(SYMLINE_VERSION_MAJOR, 999, 0));
}

TEST_CASE("an owned lookup keeps its text") {
    std::optional<OwnedLookup> kept;
    {
        const std::string name = "a function with a name of some length";
        const std::string file = "/usr/src/a/file/somewhere.c";
        Lookup lookup;
        Frame& inner = lookup.frames.emplace_back();
        inner.name = name;
        inner.location.file = file;
        inner.location.line = 7;
        inner.declaration.file = std::string_view(file).substr(1);
        lookup.frames.emplace_back().linkage_name = std::string_view(name).substr(2);
        const OwnedLookup first = own(lookup);
        kept = first;
        CHECK(first->frames.data() == (*kept)->frames.data());
    }
    const Lookup& lookup = **kept;
    REQUIRE(lookup.frames.size() == 2);
    CHECK(lookup.frames[0].name == "a function with a name of some length");
    CHECK(lookup.frames[0].location.file == "/usr/src/a/file/somewhere.c");
    CHECK(lookup.frames[0].location.line == 7);
    CHECK(lookup.frames[0].declaration.file == "usr/src/a/file/somewhere.c");
    CHECK(lookup.frames[0].linkage_name.empty());
    CHECK(lookup.frames[1].linkage_name == "function with a name of some length");
    CHECK_FALSE(lookup.miss);
    CHECK(own(Lookup{{}, Miss(Miss::not_covered, "so")})->miss->detail == "so");
}
