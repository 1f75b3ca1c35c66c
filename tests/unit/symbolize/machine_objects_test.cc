// Object files of machines whose relocations differ: a wrong or missing rule leaves a function
// without a line, or gives it the lines of the other one.
#include <doctest/doctest.h>

#include <filesystem>

#include "support/files.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

/// Every second address of a function has one of its lines.
void check_function(const Module& module, std::string_view name, std::uint32_t first_line,
                    std::uint32_t last_line) {
    const auto symbols = module.symbols().named(name);
    REQUIRE(symbols);
    REQUIRE(symbols->size() >= 1);
    const Symbol& symbol = symbols->front();
    CHECK(symbol.size > 4);
    for (std::uint64_t offset = 0; offset < symbol.size; offset += 2) {
        CAPTURE(offset);
        const auto found = module.lookup(FileAddress{symbol.address.value + offset});
        REQUIRE(found);
        REQUIRE_FALSE(found->frames.empty());
        const Frame& outermost = found->frames.back();
        CHECK(outermost.name == name);
        CHECK(outermost.location.file == "/usr/src/symline-fixtures/objects/place.c");
        CHECK(outermost.location.line >= first_line);
        CHECK(outermost.location.line <= last_line);
    }
}

}  // namespace

TEST_CASE("relocations of the debug sections of every machine's object files") {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(fixture("objects"))) {
        CAPTURE(entry.path().string());
        const auto module = Module::open(entry.path().string());
        REQUIRE(module);
        check_function(*module, "first", 7, 10);
        check_function(*module, "second", 12, 15);
        ++files;
    }
    CHECK(files == 17);
}
