#include <doctest/doctest.h>

#include "support/kernel_options.h"
#include "support/split_kernel.h"
#include "symline/kernel.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

constexpr std::uint64_t kText = 0xffffffff81000000;
constexpr std::uint64_t kSlide = 0x2a000000;
constexpr std::uint64_t kModule = 0xffffffffc0a01000;

KernelOptions mini_options() {
    return fixture_kernel("mini-vmlinux-gcc");
}

std::vector<std::string> names(const Lookup& lookup) {
    std::vector<std::string> all;
    for (const Frame& frame : lookup.frames) all.emplace_back(frame.name);
    return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("Kernel: a place is parsed as logs write it") {
    const auto place = KernelSymbol::parse("worker+0x10/0x40 [mini_module 5a2cd0e0]");
    REQUIRE(place);
    CHECK(place->symbol == "worker");
    CHECK(place->offset == 0x10);
    CHECK(place->size == 0x40);
    CHECK(place->module == "mini_module");
    CHECK(place->build_id == BuildId::parse("5a2cd0e0"));
    CHECK(KernelSymbol::parse("schedule+0x10")->module.empty());
    CHECK_FALSE(KernelSymbol::parse("schedule"));
    CHECK_FALSE(KernelSymbol::parse("schedule+0x10/0x20 trailing"));
}

TEST_CASE("Kernel: each function of the name is a candidate, and the size chooses") {
    Kernel kernel(mini_options());
    const auto both = kernel.resolve({.symbol = "setup", .offset = 4});
    REQUIRE(both.candidates.size() == 2);
    CHECK_FALSE(both.miss);
    const auto one = kernel.resolve({.symbol = "setup", .offset = 4, .size = 0x40});
    REQUIRE(one.candidates.size() == 1);
    CHECK(one.candidates[0].module_name == "vmlinux");
    CHECK(one.candidates[0].size == 0x40);
    CHECK(one.candidates[0].start == FileAddress{kText + 0x1e0});
    CHECK(one.candidates[0].address == FileAddress{kText + 0x1e4});
    CHECK(names(one.candidates[0].lookup) == Names{"setup"});
}

TEST_CASE("Kernel: what is not found is told apart by a code") {
    Kernel kernel(mini_options());
    const auto other = kernel.resolve({.symbol = "setup", .offset = 4, .size = 0x99});
    REQUIRE(other.miss);
    CHECK(*other.miss == KernelMiss{KernelMiss::other_size, "mini-vmlinux-gcc", 0x1a, 0x99});
    CHECK(describe(*other.miss) == "no line: its size in mini-vmlinux-gcc is 0x1a, not 0x99");
    const auto beyond = kernel.resolve({.symbol = "sched_fork", .offset = 0x91});
    REQUIRE(beyond.miss);
    CHECK(beyond.miss->code == KernelMiss::beyond_symbol);
    CHECK(describe(*beyond.miss) ==
          "no line: its size in mini-vmlinux-gcc is 0x90, not above 0x91");
    CHECK(kernel.resolve({.symbol = "nobody", .offset = 4}).miss->code == KernelMiss::no_symbol);
    CHECK(kernel.resolve({.symbol = "f", .offset = 4, .module = "none"}).miss->code ==
          KernelMiss::no_module);
}

TEST_CASE("Kernel: a return address is looked up at the call, an exact one at itself") {
    Kernel kernel(mini_options());
    // The call is the last instruction of rest_init.
    const KernelSymbol end{.symbol = "rest_init", .offset = 12};
    const auto call = kernel.resolve(end);
    REQUIRE(call.candidates.size() == 1);
    CHECK(names(call.candidates[0].lookup) == Names{"rest_init"});
    auto exact = end;
    exact.kind = CodeKind::exact;
    CHECK(names(kernel.resolve(exact).candidates.at(0).lookup) != Names{"rest_init"});
    // There is no call before a function's first byte.
    const auto start = kernel.resolve({.symbol = "rest_init", .offset = 0});
    CHECK(names(start.candidates.at(0).lookup) == Names{"rest_init"});
}

TEST_CASE("Kernel: an address takes the slide, which is learned from a place given both ways") {
    Kernel kernel(mini_options());
    const CodeAddress address{{kText + kSlide + 0x1e4}};
    const auto unknown = kernel.resolve(address);
    CHECK(unknown.module == nullptr);
    REQUIRE(unknown.lookup.miss);
    CHECK(describe(*unknown.lookup.miss) == "where the kernel was loaded is not known");
    // A hashed address says nothing.
    CHECK_FALSE(kernel.learn({0x1234567}, {.symbol = "kernel_init", .offset = 4}));
    CHECK_FALSE(kernel.learn({kText + kSlide + 0x1e4}, {.symbol = "setup", .offset = 4}));
    CHECK(kernel.learn({kText + kSlide + 0x14}, {.symbol = "kernel_init", .offset = 4}));
    CHECK(kernel.slide() == LoadBias{kSlide});
    const auto found = kernel.resolve(address);
    CHECK(found.module_name == "vmlinux");
    CHECK(found.module == kernel.vmlinux());
    CHECK(found.offset == 0x1e4);
    CHECK(found.address == FileAddress{kText + 0x1e4});
    CHECK(found.build_id == kernel.vmlinux()->build_id());
    CHECK(names(found.lookup) == Names{"setup"});
}

TEST_CASE("Kernel: kallsyms gives the slide") {
    auto options = mini_options();
    options.kallsyms = "ffffffffab000000 T _text\nffffffffab000010 T kernel_init\n";
    Kernel kernel(std::move(options));
    CHECK(kernel.slide() == LoadBias{kSlide});
    CHECK(names(kernel.resolve(CodeAddress{{kText + kSlide + 0x14}}).lookup) ==
          Names{"kernel_init"});
}

TEST_CASE("Kernel: modules by the kernel's list, by section and by offset") {
    auto options = mini_options();
    options.modules = "mini_module 16384 0 - Live 0xffffffffc0a01000\n";
    Kernel kernel(std::move(options));
    REQUIRE(kernel.loaded_modules().size() == 1);
    CHECK(kernel.loaded_modules()[0].name == "mini_module");
    CHECK(kernel.loaded_modules()[0].base == RuntimeAddress{kModule});
    const Names worker{"mini_step", "mini_walk", "worker"};
    const auto loaded = kernel.resolve(CodeAddress{{kModule + 0x90}});
    CHECK(loaded.module_name == "mini_module");
    CHECK(loaded.offset == 0x90);
    CHECK(names(loaded.lookup) == worker);
    const KernelModulePlace base{.module = "mini_module", .offset = 0x90, .kind = CodeKind::exact};
    CHECK(names(kernel.resolve(base).lookup) == worker);
    const auto section = kernel.resolve({.module = "mini-module",
                                         .section = ".text",
                                         .offset = 0xc9,
                                         .kind = CodeKind::after_call});
    CHECK(names(section.lookup) == Names{"mini_second"});
    CHECK(
        section.address ==
        FileAddress{kernel.module("mini_module")->sections().named(".text")->address.value + 0xc9});
    CHECK(section.offset == 0xc9);
    const auto nothing = kernel.resolve({.module = "mini_module", .section = ".nothing"});
    CHECK(nothing.lookup.miss == Miss::not_mapped);
    CHECK(describe(*nothing.lookup.miss) == "no such section");
    CHECK(nothing.module_name == "mini_module");
    CHECK(nothing.module == nullptr);
    const auto beyond =
        kernel.resolve({.module = "mini_module", .section = ".text", .offset = 0x100000});
    CHECK(describe(*beyond.lookup.miss) == "the address is not in the module's code");
    CHECK(kernel.resolve({.module = "none", .section = ".text"}).lookup.miss ==
          Miss::module_not_found);
}

TEST_CASE("Kernel: a module whose file is not there still has a name") {
    auto options = mini_options();
    options.modules = "other 16384 0 - Live 0xffffffffc0a01000\n";
    Kernel kernel(std::move(options));
    const auto found = kernel.resolve(CodeAddress{{kModule + 0x90}});
    CHECK(found.module_name == "other");
    CHECK(found.offset == 0x90);
    CHECK(found.module == nullptr);
    CHECK(found.lookup.miss == Miss::module_not_found);
}

TEST_CASE("Kernel: how its files were found, its release and its source tree") {
    Kernel kernel(mini_options());
    REQUIRE(kernel.vmlinux() != nullptr);
    CHECK(kernel.found_by(*kernel.vmlinux()) == FoundBy::explicit_path);
    const auto other = Module::open(fixture("c-gcc-dwarf5"));
    CHECK_FALSE(kernel.found_by(*other));
    CHECK(kernel.source_root() == "/usr/src/mini-linux/./");
    CHECK(kernel.assembler_source_root().empty());
    CHECK(Kernel({.vmlinux = fixture("mini-vmlinux-mapped")}).assembler_source_root() ==
          "/usr/src/mini-linux/./");
    CHECK(kernel.release().empty());
    CHECK(Kernel({.vmlinux = fixture("dump/boot/vmlinux-5.4.0-crash")}).release() == "5.4.0-crash");
}

TEST_CASE("Kernel: without a vmlinux there is no kernel to open, and why is said") {
    auto options = mini_options();
    CHECK(Kernel::open(options));
    options.build_id = BuildId::parse("00112233");
    const auto refused = Kernel::open(options);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::mismatch);
    CHECK(
        refused.error().message.find("build id 486c016472fc14c1ba974636e0f5f9f2486a01ca instead of "
                                     "00112233") != std::string::npos);
    Kernel kernel(std::move(options));
    CHECK(kernel.vmlinux() == nullptr);
    CHECK(kernel.notices().size() == 1);
    CHECK(kernel.notices().size() == 1);
    CHECK(kernel.resolve({.symbol = "setup", .offset = 4}).miss->code == KernelMiss::no_vmlinux);
    CHECK(kernel.resolve({.symbol = "worker", .offset = 4, .module = "mini_module"})
              .candidates.size() == 2);
}

TEST_CASE("Kernel: what was looked for and not found is said in one line") {
    DebugFileOptions places;
    places.debug_directories.clear();
    places.sysroot = "/nonexistent";
    Kernel kernel(
        {.release = "6.12.6", .debug_files = std::make_shared<DebugFiles>(std::move(places))});
    CHECK_FALSE(kernel.missing_files());
    CHECK(kernel.vmlinux() == nullptr);
    const auto missing = kernel.missing_files();
    REQUIRE(missing);
    CHECK(missing->remedy == MissingFiles::Remedy::vmlinux);
    CHECK(describe(*missing).starts_with("no debug file of kernel 6.12.6: vmlinux; "));
}

TEST_CASE("Kernel: a path that is not there, a folder, and a program are no vmlinux") {
    const auto code_of = [](const std::string& path) {
        const auto kernel = Kernel::open({.vmlinux = path});
        REQUIRE_FALSE(kernel);
        CHECK(kernel.error().file == path);
        return kernel.error().code;
    };
    CHECK(code_of("/nonexistent/vmlinux") == ErrorCode::not_found);
    CHECK(code_of("/") == ErrorCode::is_directory);
    CHECK(code_of(fixture("c-gcc-dwarf5")) == ErrorCode::unsupported);
    CHECK(code_of(fixture("mini-module.ko")) == ErrorCode::unsupported);
    CHECK(code_of(fixture("src/mini-linux/init/main.c")) == ErrorCode::not_elf);
    CHECK(Kernel::open({.vmlinux = fixture("mini-vmlinux-clang")}));
}

TEST_CASE("Kernel: the package of split units that was named is used for vmlinux") {
    const TemporaryFolder folder;
    const auto frames_with = [&](const std::string& package) {
        Kernel kernel({.vmlinux = split_kernel(folder),
                       .debug_files = debug_files_in({}),
                       .split_package = package});
        const auto answer =
            kernel.resolve({.symbol = "outer", .offset = kInlinedInOuter, .kind = CodeKind::exact});
        REQUIRE(answer.candidates.size() == 1);
        return names(answer.candidates[0].lookup);
    };
    CHECK(frames_with("") == Names{"outer"});
    CHECK(frames_with(split_package()) == Names{"square", "sum_of_squares", "hypotenuse", "outer"});
}
