// Split DWARF: programs whose debug information is in .dwo files or in a package. Each program has
// a twin of the same code that was compiled without -gsplit-dwarf: it is the truth.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "support/files.h"
#include "symline/module.h"
#include "symline/module_variables.h"

using namespace symline;
using namespace symline::test;

namespace {

namespace fs = std::filesystem;

Module open(const std::string& path, ModuleOptions options = {}) {
    options.debug_directories.clear();
    auto module = Module::open(path, std::move(options));
    REQUIRE(module);
    return std::move(*module);
}

std::string text(const SourceLocation& location) {
    return std::string(location.file) + "|" + std::string(location.relative_file()) + ":" +
           std::to_string(location.line) + ":" + std::to_string(location.column) + ":" +
           std::to_string(location.discriminator);
}

std::string text(const Lookup& answer) {
    std::string all;
    for (const Frame& frame : answer.frames) {
        all += std::string(frame.name) + " " + std::string(frame.linkage_name) + " " +
               text(frame.location) + " declared " + text(frame.declaration) +
               (frame.inlined ? " inlined" : "") + "\n";
    }
    return all;
}

std::string at(const Module& module, std::string_view function, std::uint64_t offset) {
    const auto symbol = module.symbols().named(function)->at(0);
    std::string chain;
    const auto answer = module.lookup({symbol.address.value + offset});
    REQUIRE(answer);
    for (const Frame& frame : answer->frames) {
        if (!chain.empty()) chain += " < ";
        chain += std::string(frame.name) + ":" + std::to_string(frame.location.line);
    }
    return chain;
}

std::size_t inlined_frames(const Lookup& answer) {
    return static_cast<std::size_t>(std::ranges::count(answer.frames, true, &Frame::inlined));
}

/// Compares every address of the code. How many inlined frames there were.
std::size_t compare(const Module& whole, const Module& split) {
    std::size_t inlined = 0;
    for (const Section& section : whole.sections().all()) {
        if (!section.executable()) continue;
        const auto code = whole.sections().contents_at(section.address, section.size);
        const auto other = split.sections().contents_at(section.address, section.size);
        REQUIRE(std::ranges::equal(code, other));
        for (std::uint64_t offset = 0; offset < section.size; ++offset) {
            const FileAddress address{section.address.value + offset};
            const auto wanted = whole.lookup(address, Detail::declarations);
            const auto found = split.lookup(address, Detail::declarations);
            REQUIRE(wanted.has_value());
            REQUIRE(found.has_value());
            REQUIRE(text(*found) == text(*wanted));
            inlined += inlined_frames(*found);
        }
    }
    CHECK(split.damage().empty());
    CHECK(split.files().refused().empty());
    return inlined;
}

std::string text(const Variable& variable) {
    return std::string(variable.function) + " " + std::string(variable.name) + " " +
           text(variable.declaration) + " size " +
           (variable.size ? std::to_string(*variable.size) : "??");
}

/// Compares the variables of every function. How many have a size of more than a register.
std::size_t compare_variables(const Module& whole, const Module& split) {
    std::size_t large = 0;
    const auto symbols = whole.symbols().all();
    REQUIRE(symbols);
    for (const Symbol& symbol : *symbols) {
        if (symbol.type != SymbolType::function) continue;
        const auto wanted = variables_in_frame(whole, symbol.address);
        const auto found = variables_in_frame(split, symbol.address);
        REQUIRE(found.size() == wanted.size());
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            CHECK(text(found[i]) == text(wanted[i]));
            large += wanted[i].size.value_or(0) > 8 ? 1 : 0;
        }
    }
    return large;
}

}  // namespace

TEST_CASE("the types of variables are found in type units, also in those of a package") {
    for (const char* name :
         {"cxx-gcc-types-v4", "cxx-gcc-types-v5", "cxx-clang-types-v4", "cxx-clang-types-v5"}) {
        CAPTURE(name);
        const Module whole = open(fixture(name));
        const std::string program(name);
        CHECK(compare_variables(whole, open(fixture("split/" + program + "-split"))) > 0);
        CHECK(compare_variables(whole, open(fixture("split-package/" + program + "-package"))) > 0);
    }
}

TEST_CASE("split DWARF gives the frames of the same program compiled as a whole") {
    for (const char* name :
         {"c-gcc-dwarf4", "c-gcc-dwarf5", "c-clang-dwarf4", "c-clang-dwarf5", "cxx-gcc-types-v4",
          "cxx-gcc-types-v5", "cxx-clang-types-v4", "cxx-clang-types-v5"}) {
        CAPTURE(name);
        const Module whole = open(fixture(name));
        const std::string split = "split/" + std::string(name) + "-split";
        CHECK(compare(whole, open(fixture(split))) > 100);
        const std::string package = "split-package/" + std::string(name) + "-package";
        CHECK(compare(whole, open(fixture(package))) > 100);
    }
}

TEST_CASE("a split file that is not there: the skeleton's rows and inlines, and the reason") {
    const Module inlining = open(fixture("split/missing/c-clang-split"));
    CHECK(at(inlining, "outer", 0x20) == "square:0 < sum_of_squares:15 < hypotenuse:16 < outer:32");
    CHECK(inlining.damage().find("c-clang-split-main.dwo") != std::string_view::npos);
    CHECK(inlining.files().refused().empty());
    // gcc's skeletons have rows alone: the name is the symbol table's.
    const Module plain = open(fixture("split/missing/c-gcc-split"));
    CHECK(at(plain, "helper", 0) == "helper:24");
    CHECK(plain.damage().find("/usr/src/symline-fixtures/o/split/c-gcc-dwarf5-main.dwo") !=
          std::string_view::npos);
}

TEST_CASE("a split file of another build is refused") {
    const Module module = open(fixture("split/mismatch/c-gcc-dwarf5-split"));
    CHECK(at(module, "helper", 0) == "helper:24");
    REQUIRE(module.files().refused().size() == 1);
    CHECK(module.files().refused()[0].message.find("split unit 0x") == 0);
    CHECK(module.files().refused()[0].file.ends_with("/c-gcc-dwarf5-main.dwo"));
    CHECK(at(module, "clones", 0).starts_with("clones:"));
    CHECK(module.files().refused().size() == 2);
    CHECK_FALSE(module.damage().empty());
}

TEST_CASE("only the split file of the unit that an address is in is opened") {
    const TemporaryFolder folder;
    const auto program = folder.copy("program", fixture("split/c-gcc-dwarf5-split"));
    folder.copy("c-gcc-dwarf5-main.dwo", fixture("split/c-gcc-dwarf5-main.dwo"));
    folder.write("c-gcc-dwarf5-clones.dwo", "no ELF file");
    const Module module = open(program);
    CHECK(at(module, "outer", 0x30).ends_with("outer:32"));
    CHECK(module.files().refused().empty());
    at(module, "clones", 0);
    REQUIRE(module.files().refused().size() == 1);
    CHECK(module.files().refused()[0].code == ErrorCode::not_elf);
    // And the failure is remembered.
    at(module, "clones", 4);
    CHECK(module.files().refused().size() == 1);
}

TEST_CASE("what is no regular file is not opened") {
    const TemporaryFolder folder;
    const auto program = folder.copy("program", fixture("split/c-gcc-dwarf5-split"));
    REQUIRE(::mkfifo(folder.path("c-gcc-dwarf5-main.dwo").c_str(), 0600) == 0);
    fs::create_directory(folder.path("c-gcc-dwarf5-clones.dwo"));
    fs::create_symlink("/dev/zero", folder.path("program.dwp"));
    const Module module = open(program);
    CHECK(at(module, "helper", 0) == "helper:24");
    CHECK(at(module, "clones", 0).starts_with("clones:"));
    REQUIRE(module.files().refused().size() == 3);
    for (const Error& refused : module.files().refused()) {
        CHECK(refused.code == ErrorCode::not_a_file);
    }
}

TEST_CASE("a split file may be what the program itself is called") {
    // A skeleton is no split unit: nothing is followed from it.
    const TemporaryFolder folder;
    const auto program = folder.copy("c-gcc-dwarf5-main.dwo", fixture("split/c-gcc-dwarf5-split"));
    const Module module = open(program);
    CHECK(at(module, "helper", 0) == "helper:24");
    REQUIRE(module.files().refused().size() == 1);
    CHECK(module.files().refused()[0].message == "holds no split unit");
}

TEST_CASE(
    "a package is found for the name a symlink leads to, for the debug file, and when named") {
    const Module whole = open(fixture("c-gcc-dwarf5"));
    const auto program = fixture("split-package/c-gcc-dwarf5-package");
    const TemporaryFolder folder;
    fs::create_symlink(program, folder.path("link"));
    CHECK(compare(whole, open(folder.path("link"))) > 100);

    folder.copy("elsewhere", program);
    const Module lost = open(folder.path("elsewhere"));
    CHECK(at(lost, "outer", 0x30).starts_with("outer:"));
    CHECK_FALSE(lost.damage().empty());
    ModuleOptions named;
    named.split_package = program + ".dwp";
    CHECK(compare(whole, open(folder.path("elsewhere"), named)) > 100);

    named.split_package = folder.path("nothing.dwp");
    const Module wrong = open(folder.path("elsewhere"), named);
    CHECK(at(wrong, "helper", 0) == "helper:24");
    CHECK(wrong.damage().find("nothing.dwp': No such file") != std::string_view::npos);

    folder.copy("program.debug", program);
    folder.copy("program.dwp", program + ".dwp");
    CHECK(compare(whole, open(folder.path("program.debug"))) > 100);
}

TEST_CASE("a package of another program, or without an index, does not hide the split files") {
    const Module whole = open(fixture("c-gcc-dwarf5"));
    const TemporaryFolder folder;
    const auto program = folder.copy("program", fixture("split/c-gcc-dwarf5-split"));
    for (const char* unit : {"main", "clones"}) {
        const std::string name = "c-gcc-dwarf5-" + std::string(unit) + ".dwo";
        folder.copy(name, fixture("split/" + name));
    }
    folder.copy("program.dwp", fixture("split-package/c-gcc-dwarf4-package.dwp"));
    CHECK(compare(whole, open(program)) > 100);
    folder.copy("program.dwp", fixture("split/c-gcc-dwarf5-main.dwo"));
    const Module module = open(program);
    CHECK(at(module, "outer", 0x30) == at(whole, "outer", 0x30));
    CHECK(module.damage().find("program.dwp: holds no index") != std::string_view::npos);
}
