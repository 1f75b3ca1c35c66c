// Object files with several sections .debug_info or .debug_types: the program that was linked from
// the same objects is the truth.
#include <doctest/doctest.h>

#include "support/files.h"
#include "symline/module.h"
#include "symline/module_variables.h"

using namespace symline;
using namespace symline::test;

namespace {

Module open(const std::string& name) {
    ModuleOptions options;
    options.debug_directories.clear();
    auto module = Module::open(fixture(name), std::move(options));
    REQUIRE(module);
    return std::move(*module);
}

std::string text(const Lookup& answer) {
    std::string all;
    for (const Frame& frame : answer.frames) {
        all += std::string(frame.linkage_or_name()) + " " + std::string(frame.location.file) + ":" +
               std::to_string(frame.location.line) + ":" + std::to_string(frame.location.column) +
               "\n";
    }
    return all;
}

std::string text(const std::vector<Variable>& variables) {
    std::string all;
    for (const Variable& each : variables) {
        all += std::string(each.name) + " " + std::to_string(each.size.value_or(0)) + " " +
               std::to_string(each.declaration.line) + "\n";
    }
    return all;
}

/// Compares all code of the functions that both have. How many addresses those were.
std::size_t compare(const Module& object, const Module& linked) {
    std::size_t compared = 0;
    const auto symbols = object.symbols().all();
    REQUIRE(symbols);
    for (const Symbol& symbol : *symbols) {
        if (symbol.type != SymbolType::function || !symbol.section) continue;
        const auto twin = linked.symbols().named(symbol.name);
        REQUIRE(twin);
        REQUIRE(twin->size() == 1);
        CHECK(text(variables_in_frame(object, symbol.address)) ==
              text(variables_in_frame(linked, twin->front().address)));
        for (std::uint64_t offset = 0; offset < symbol.size; ++offset, ++compared) {
            const auto found = object.lookup({symbol.address.value + offset});
            const auto wanted = linked.lookup({twin->front().address.value + offset});
            REQUIRE(found.has_value());
            REQUIRE(wanted.has_value());
            REQUIRE(text(*found) == text(*wanted));
        }
    }
    CHECK(object.damage().empty());
    return compared;
}

}  // namespace

TEST_CASE("an object file with type units answers as the program that is linked from it") {
    CHECK(compare(open("type-units/gcc-v5.o"), open("cxx-gcc-types-v5")) > 100);
    CHECK(compare(open("type-units/clang-v5.o"), open("cxx-clang-types-v5")) > 100);
    for (const std::string version : {"4", "5"}) {
        CAPTURE(version);
        CHECK(compare(open("type-units/gcc-v" + version + "-merged.o"),
                      open("cxx-gcc-types-v" + version)) > 500);
    }
}
