#include "kernel/loaded_modules.h"

#include <doctest/doctest.h>

#include "kernel/loaded_kernel.h"
#include "kernel/running_kernel.h"
#include "support/elf_builder.h"
#include "support/kernel_options.h"

using namespace symline;
using namespace symline::test;

namespace {

/// A module whose code is in four sections, of which one goes away after loading, with a function
/// at the start of each.
ByteVector module_image(std::uint16_t machine = EM_X86_64) {
    ElfBuilder builder({}, ET_REL, machine);
    const auto code = [&](std::string name, std::uint64_t size, std::uint64_t alignment) {
        SectionSpec section{.name = std::move(name),
                            .flags = SHF_ALLOC | SHF_EXECINSTR,
                            .bytes = ByteVector(size),
                            .alignment = alignment};
        return builder.add(std::move(section));
    };
    const auto text = code(".text", 0x35, 16);
    const auto init = code(".init.text", 0x20, 1);
    const auto exit = code(".exit.text", 0x7, 1);
    builder.add({.name = ".data", .flags = SHF_ALLOC | SHF_WRITE, .bytes = ByteVector(0x40)});
    const auto cold = code(".text.unlikely", 0x10, 4);
    builder.add_symbol({.name = "work", .size = 0x35, .section = text});
    builder.add_symbol({.name = "start", .size = 0x20, .section = init});
    builder.add_symbol({.name = "stop", .size = 7, .section = exit});
    builder.add_symbol({.name = "work.cold", .size = 0x10, .section = cold});
    return builder.build();
}

struct Place {
    std::string section;
    std::uint64_t offset;
    friend bool operator==(const Place&, const Place&) = default;
};

std::optional<Place> place_of(const Module& module, std::optional<FileAddress> address) {
    const auto found = address ? module.sections().offset_of(*address) : std::nullopt;
    if (!found) return std::nullopt;
    return Place{std::string(found->section->name), found->offset};
}

struct ModuleKernel {
    TemporaryFolder folder;
    kernel::LoadedKernel kernel;

    ModuleKernel() : kernel(options(folder)) {}
    static KernelOptions options(const TemporaryFolder& folder) {
        folder.write("a.ko", module_image());
        folder.write("b.ko", module_image());
        return {.module_directories = {folder.root()},
                .debug_files = debug_files_in({}, folder.path("none"))};
    }
    std::optional<Place> at(std::uint64_t address) {
        const auto found = kernel.places(RuntimeAddress{address});
        if (found.places.size() != 1) return std::nullopt;
        const auto& place = found.places[0];
        return place_of(place.file->module, place.address);
    }
};

}  // namespace

TEST_CASE("/proc/modules: base and size; hidden ones left out") {
    const kernel::LoadedModules loaded(
        "b 16384 1 a, Live 0xffffffffc0002000 (OE)\na 32768 0 - Live 0xffffffffc0001000\n"
        "hidden 4096 0 - Live 0x0000000000000000\nnonsense\nfixed 16 - - Live "
        "0xffffffffc0010000\n");
    REQUIRE(loaded.at(RuntimeAddress{0xffffffffc0001000}) != nullptr);
    CHECK(loaded.at(RuntimeAddress{0xffffffffc0001fff})->name == "a");
    CHECK(loaded.at(RuntimeAddress{0xffffffffc0002000})->name == "b");
    CHECK(loaded.at(RuntimeAddress{0xffffffffc0002000})->can_be_unloaded);
    CHECK(loaded.at(RuntimeAddress{0xffffffffc0006000}) == nullptr);
    CHECK(loaded.at(RuntimeAddress{0x10}) == nullptr);
    CHECK_FALSE(loaded.at(RuntimeAddress{0xffffffffc0010000})->can_be_unloaded);
}

TEST_CASE("module sections: lines of find and of grep; hidden ones left out") {
    const kernel::LoadedModules loaded(
        "/sys/module/a/sections/.text 0xffffffffc0001000\n"
        "/sys/module/a/sections/.exit.text:0xffffffffc0001035\n"
        "/sys/module/a/sections/.data 0x0000000000000000\n/sys/module/a/sections/\n");
    const auto found = loaded.sections_around(RuntimeAddress{0xffffffffc0001040});
    REQUIRE(found.size() == 1);
    CHECK(found[0]->name == ".exit.text");
    CHECK(found[0]->module == "a");
    CHECK(found[0]->address == RuntimeAddress{0xffffffffc0001035});
    CHECK(loaded.sections_around(RuntimeAddress{0xffffffffc0001034}).at(0)->name == ".text");
    CHECK(kernel::LoadedModules("/sys/module/a/sections/.text 0x0\n").empty());
}

TEST_CASE("module sections: each ends where the next of its module begins, or the module does") {
    const kernel::LoadedModules loaded(
        {{.name = "b", .base = {0x3000}, .size = 0x1000},
         {.name = "a", .base = {0x1000}, .size = 0x1000}},
        {{.address = {0x3000}, .module = "b", .name = ".text"},
         {.address = {0x1400}, .module = "a", .name = ".exit.text"},
         {.address = {0x1000}, .module = "a", .name = ".text"},
         {.address = {0x1000}, .module = "a", .name = ".empty"},
         {.address = {0x2800}, .module = "a", .name = ".init.text"}});
    const auto names = [&](std::uint64_t address) {
        std::vector<std::string> all;
        for (const auto* each : loaded.sections_around({address})) all.push_back(each->name);
        return all;
    };
    using Names = std::vector<std::string>;
    CHECK(names(0x1000) == Names{".empty", ".text"});
    CHECK(names(0x13ff) == Names{".empty", ".text"});
    CHECK(names(0x1400) == Names{".exit.text"});
    CHECK(names(0x1fff) == Names{".exit.text"});
    CHECK(names(0x2000).empty());
    // How far memory reaches that is outside of the module is not known.
    CHECK(names(0x2900) == Names{".init.text"});
    CHECK(names(0x3800) == Names{".text", ".init.text"});
}

TEST_CASE("loaded modules: those that hold addresses, once each, with their build ids") {
    const kernel::LoadedModules loaded(
        {{.name = "a", .base = {0x1000}, .size = 0x1000, .build_id = "00112233"},
         {.name = "b", .base = {0x2000}, .size = 0x1000}},
        {});
    CHECK(loaded.build_id("a") == "00112233");
    CHECK(loaded.build_id("b").empty());
    CHECK(loaded.build_id("c").empty());
    const std::vector<RuntimeAddress> addresses{{0x1004}, {0x1fff}, {0x2008}, {0x1004}, {0x4000}};
    const auto names = loaded.that_hold(addresses);
    REQUIRE(names.size() == 2);
    CHECK(names[0].name == "a");
    CHECK(names[0].build_id == "00112233");
    CHECK(names[1].name == "b");
}

TEST_CASE("module layout: executable sections in file order, by their alignment, without .init") {
    const TemporaryFolder folder;
    const auto module = Module::open(folder.write("a.ko", module_image()));
    REQUIRE(module);
    const auto at = [&](std::uint64_t offset) {
        return place_of(*module, kernel::place_by_layout(*module, offset));
    };
    CHECK(at(0) == Place{".text", 0});
    CHECK(at(0x34) == Place{".text", 0x34});
    CHECK(at(0x35) == Place{".exit.text", 0});
    CHECK(at(0x3b) == Place{".exit.text", 6});
    CHECK(at(0x3c) == Place{".text.unlikely", 0});
    CHECK(at(0x4b) == Place{".text.unlikely", 0xf});
    CHECK_FALSE(at(0x4c));
    // arm64 inserts jump tables, whose sizes are known only while a module is loaded.
    constexpr std::uint16_t arm64 = 183;
    const auto other = Module::open(folder.write("arm.ko", module_image(arm64)));
    REQUIRE(other);
    CHECK_FALSE(kernel::place_by_layout(*other, 0));
}

TEST_CASE("kernel: a module's address by its base") {
    ModuleKernel test;
    const kernel::LoadedModules loaded(
        "a 16384 0 - Live 0xffffffffc0001000\nb 16384 - - Live 0xffffffffc0009000\n");
    test.kernel.use(&loaded);
    CHECK(test.at(0xffffffffc0001036) == Place{".exit.text", 1});
    CHECK_FALSE(test.at(0xffffffffc0001100));
    CHECK_FALSE(test.at(0xffffffffc0009000));
}

TEST_CASE("kernel: a module's address by its sections; freed memory is told from memory in use") {
    ModuleKernel test;
    const kernel::LoadedModules loaded(
        "/sys/module/a/sections/.text 0xffffffffc0001000\n"
        "/sys/module/a/sections/.text.unlikely 0xffffffffc0003000\n"
        "/sys/module/a/sections/.init.text 0xffffffffc0005000\n"
        "/sys/module/b/sections/.text 0xffffffffc0005010\n"
        "/sys/module/b/sections/.init.text 0xffffffffc0007000\n"
        "/sys/module/a/sections/.data 0xffffffffc0007000\n");
    test.kernel.use(&loaded);
    CHECK(test.at(0xffffffffc0003004) == Place{".text.unlikely", 4});
    CHECK(test.at(0xffffffffc0005008) == Place{".init.text", 8});
    CHECK(test.at(0xffffffffc0005018) == Place{".text", 8});
    CHECK(test.at(0xffffffffc0007000) == Place{".data", 0});
    CHECK_FALSE(test.at(0xffffffffc0001035));
    const kernel::LoadedModules shared(
        "/sys/module/a/sections/.init.text 0xffffffffc0005000\n"
        "/sys/module/b/sections/.init.text 0xffffffffc0005000\n");
    test.kernel.use(&shared);
    CHECK_FALSE(test.at(0xffffffffc0005000));
}

TEST_CASE("kernel: memory that a module holds is no other's, also when its file is not there") {
    ModuleKernel test;
    const kernel::LoadedModules loaded(
        {{.name = "gone", .base = {0xffffffffc0005000}, .size = 0x1000}},
        {{.address = {0xffffffffc0005000}, .module = "a", .name = ".init.text"}});
    test.kernel.use(&loaded);
    CHECK_FALSE(test.at(0xffffffffc0005000));
    const auto found = test.kernel.places(RuntimeAddress{0xffffffffc0005000});
    REQUIRE(found.reason);
    CHECK(found.reason->code == KernelMiss::no_module);
    CHECK(test.kernel.missing_modules() == std::set<std::string>{"gone"});
}

TEST_CASE("kernel: a module's file has to be of the build that is loaded") {
    ModuleKernel test;
    const kernel::LoadedModules loaded(
        {{.name = "a", .base = {0xffffffffc0001000}, .size = 0x1000, .build_id = "00112233"}}, {});
    CHECK(test.kernel.module("a", {}) != nullptr);
    test.kernel.use(&loaded);
    CHECK(test.kernel.module("a", {}) == nullptr);
    CHECK(test.kernel.module("b", {}) != nullptr);
}

TEST_CASE("kernel: a module's address by kallsyms, in each section") {
    ModuleKernel test;
    const kernel::Kallsyms kallsyms(
        "ffffffffc0001000 t work\t[a]\nffffffffc0001035 t stop\t[a]\n"
        "ffffffffc0003000 t work.cold\t[a]\nffffffffc0004000 t not_there\t[a]\n");
    test.kernel.use(&kallsyms);
    CHECK(test.at(0xffffffffc0001010) == Place{".text", 0x10});
    CHECK(test.at(0xffffffffc0001036) == Place{".exit.text", 1});
    CHECK(test.at(0xffffffffc000300f) == Place{".text.unlikely", 0xf});
    CHECK_FALSE(test.at(0xffffffffc0003010));
    CHECK_FALSE(test.at(0xffffffffc0004001));
}

TEST_CASE("running kernel: release, build id, kallsyms, modules and sections of a machine") {
    const TemporaryFolder folder;
    folder.write("proc/sys/kernel/osrelease", std::string_view("6.1.0-test\n"));
    folder.write("proc/kallsyms", std::string_view("ffffffff81000000 T _text\n"));
    folder.write("proc/modules", std::string_view("a 4096 0 - Live 0xffffffffc0001000\n"));
    folder.write("sys/module/a/sections/.text", std::string_view("0xffffffffc0001000\n"));
    ByteWriter notes(false);
    notes.u32(4).u32(2).u32(1).string("Xen").u32(0xffff);
    notes.u32(4).u32(4).u32(3).string("GNU").u32(0x33221100);
    folder.write("sys/kernel/notes", notes.data());
    const kernel::RunningKernel running(folder.root());
    CHECK(running.release() == "6.1.0-test");
    CHECK(running.build_id() == BuildId::parse("00112233"));
    CHECK(running.kallsyms().address_of("_text"));
    const auto modules = running.modules();
    CHECK(modules.at(RuntimeAddress{0xffffffffc0001001}) != nullptr);
    CHECK(modules.sections_around(RuntimeAddress{0xffffffffc0001001}).size() == 1);
    const kernel::RunningKernel none(folder.path("none"));
    CHECK(none.release().empty());
    CHECK_FALSE(none.build_id());
    CHECK(none.kallsyms().empty());
    CHECK(none.modules().empty());
}

TEST_CASE("running kernel: nothing is read before it is asked for, and each file once") {
    const TemporaryFolder folder;
    const kernel::RunningKernel running(folder.root());
    folder.write("proc/sys/kernel/osrelease", std::string_view("6.1.0-test\n"));
    CHECK(running.release() == "6.1.0-test");
    folder.write("proc/sys/kernel/osrelease", std::string_view("6.2.0-test\n"));
    CHECK(running.release() == "6.1.0-test");
}
