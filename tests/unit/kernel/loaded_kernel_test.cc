#include "kernel/loaded_kernel.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/elf_builder.h"
#include "support/kernel_options.h"
#include "symbolize/calls.h"

using namespace symline;
using namespace symline::test;

namespace {

kernel::LoadedKernel mini_kernel() {
    return kernel::LoadedKernel(fixture_kernel("mini-vmlinux-gcc"));
}

kernel::KernelQuestion question(std::string_view symbol, std::uint64_t offset,
                                std::optional<std::uint64_t> size = {},
                                std::string_view module = {}) {
    kernel::KernelQuestion asked;
    asked.symbol = symbol;
    asked.offset = offset;
    asked.size = size;
    asked.module = module;
    return asked;
}

}  // namespace

TEST_CASE("kernel: the size chooses among functions of one name") {
    kernel::LoadedKernel kernel = mini_kernel();
    CHECK(kernel.places(question("setup", 4)).places.size() == 2);
    const auto large = kernel.places(question("setup", 4, 0x40)).places;
    REQUIRE(large.size() == 1);
    const auto small = kernel.places(question("setup", 4, 0x1a)).places;
    REQUIRE(small.size() == 1);
    CHECK(large[0].address != small[0].address);
    CHECK(large[0].address.value - large[0].start.value == 4);
}

TEST_CASE("kernel: the sizes are those that Module gives") {
    kernel::LoadedKernel kernel = mini_kernel();
    kernel::KernelFile* file = kernel.vmlinux();
    REQUIRE(file != nullptr);
    const auto all = file->module.symbols().all();
    REQUIRE(all);
    int compared = 0;
    for (const Symbol& symbol : *all) {
        if (!symbol.section || symbol.type != SymbolType::function) continue;
        const auto size = file->module.symbols().kallsyms_size(symbol);
        REQUIRE(size);
        CHECK_MESSAGE(file->symbols().size(symbol) == *size, symbol.name);
        ++compared;
    }
    CHECK(compared > 20);
}

TEST_CASE("kernel: a symbol inside of another one ends that one's size, as a kernel counts") {
    kernel::LoadedKernel kernel(fixture_kernel("mini-vmlinux-nested"));
    kernel::KernelFile* file = kernel.vmlinux();
    REQUIRE(file != nullptr);
    const Symbol& outer = *file->symbols().named("copy_user").at(0);
    CHECK(file->symbols().size(outer) == 0x10);
    CHECK(file->symbols().printed_size(outer) == 0x8);
    const auto printed = kernel.places(question("copy_user", 7, 0x8)).places;
    REQUIRE(printed.size() == 1);
    CHECK(printed[0].address.value == outer.address.value + 7);
    CHECK(printed[0].size == 0x8);
    // Other programs give the size of the symbol table.
    CHECK(kernel.places(question("copy_user", 0xf, 0x10)).places.size() == 1);
    CHECK(kernel.places(question("copy_user", 0xf)).places.size() == 1);
    const auto beyond = kernel.places(question("copy_user", 0x9, 0x8));
    CHECK(beyond.places.empty());
    CHECK(beyond.miss == "no line: its size in mini-vmlinux-nested is 0x8, not above 0x9");
    for (const std::uint64_t other : {0x7, 0x9, 0xf, 0x11}) {
        const auto found = kernel.places(question("copy_user", 7, other));
        CHECK(found.places.empty());
        CHECK(found.reason->size == 0x8);
    }
    CHECK(kernel.places(question("copy_fault", 7, 0x8)).places.size() == 1);
}

TEST_CASE("kernel: only a symbol that no other one follows is open-ended") {
    kernel::LoadedKernel kernel(fixture_kernel("mini-vmlinux-nested"));
    CHECK(kernel.places(question("module_copy", 5, 0x6, "mini_nested")).places.size() == 1);
    CHECK(kernel.places(question("module_copy", 5, 0xc, "mini_nested")).places.size() == 1);
    CHECK(kernel.places(question("module_copy", 5, 0x1000, "mini_nested")).places.empty());
    CHECK(kernel.places(question("module_fault", 5, 0x1000, "mini_nested")).places.size() == 1);
}

TEST_CASE("kernel: of two functions of one name, the one whose size a kernel prints") {
    TemporaryFolder folder;
    constexpr std::uint64_t kText = 0xffffffff81000000;
    ElfBuilder builder;
    const auto text = builder.add({.name = ".text",
                                   .flags = SHF_ALLOC | SHF_EXECINSTR,
                                   .address = kText,
                                   .bytes = ByteVector(0x60, 0x90)});
    const auto add = [&](std::string name, std::uint64_t offset, std::uint64_t size) {
        builder.add_symbol(
            {.name = std::move(name), .value = kText + offset, .size = size, .section = text});
    };
    add("_text", 0, 0);
    add("twice", 0, 0x20);
    add("inside", 0x10, 0);
    add("between", 0x20, 0x10);
    add("twice", 0x30, 0x20);
    add("last", 0x50, 0x10);
    kernel::LoadedKernel kernel(
        {.vmlinux = folder.write("vmlinux", builder.build()), .debug_files = debug_files_in({})});
    const auto starts = [&](std::uint64_t size) {
        std::vector<std::uint64_t> found;
        for (const auto& each : kernel.places(question("twice", 4, size)).places)
            found.push_back(each.start.value - kText);
        return found;
    };
    CHECK(starts(0x10) == std::vector<std::uint64_t>{0});
    CHECK(starts(0x20) == std::vector<std::uint64_t>{0x30});
}

TEST_CASE("kernel: a variable is no place of a function of its name, and one alone is") {
    constexpr std::uint64_t kText = 0xffffffff81000000, kData = 0xffffffff81001000;
    const TemporaryFolder folder;
    ElfBuilder builder;
    const auto text = builder.add_code(".text", kText, 0x60);
    const auto data = builder.add({.name = ".data",
                                   .flags = SHF_ALLOC | SHF_WRITE,
                                   .address = kData,
                                   .bytes = ByteVector(0x60, 0)});
    const auto add = [&](std::string name, std::uint64_t address, std::uint32_t section) {
        builder.add_symbol({.name = std::move(name),
                            .value = address,
                            .size = 0x20,
                            .section = section,
                            .type = section == text ? STT_FUNC : STT_OBJECT});
    };
    add("_text", kText, text);
    add("set_root", kData, data);
    add("set_root", kText + 0x20, text);
    add("set_root", kText + 0x40, text);
    add("jiffies", kData + 0x20, data);
    kernel::LoadedKernel kernel(
        {.vmlinux = folder.write("vmlinux", builder.build()), .debug_files = debug_files_in({})});
    const auto starts = [&](std::string_view symbol) {
        std::vector<std::uint64_t> found;
        for (const auto& each : kernel.places(question(symbol, 4)).places)
            found.push_back(each.start.value);
        return found;
    };
    CHECK(starts("set_root") == std::vector<std::uint64_t>{kText + 0x20, kText + 0x40});
    CHECK(starts("jiffies") == std::vector<std::uint64_t>{kData + 0x20});
}

TEST_CASE(
    "kernel: names that the kernel cut are found where no symbol of the whole name is meant") {
    TemporaryFolder folder;
    constexpr std::uint64_t kText = 0xffffffff81000000;
    ElfBuilder builder;
    const auto text = builder.add_code(".text", kText, 0x100);
    const auto add = [&](std::string name, std::uint64_t offset, std::uint8_t type = STT_FUNC) {
        builder.add_symbol(
            {.name = std::move(name), .value = kText + offset, .section = text, .type = type});
    };
    add("_text", 0);
    add("probe.llvm.9445843499725163762", 0x10);
    add("probe.__uniq.1234.llvm.5678", 0x30);
    add("open", 0x40);
    add("open.3", 0x50);
    add("close.cfi_jt", 0x70);
    add("close.16527707d4426f2c332366600afb69b6.cfi_jt", 0x78);
    add("clone.part.0", 0x80);
    add("warned.12", 0x90, STT_OBJECT);
    add("last", 0xa0);
    kernel::LoadedKernel kernel(
        {.vmlinux = folder.write("vmlinux", builder.build()), .debug_files = debug_files_in({})});
    const auto starts = [&](std::string_view name, std::optional<std::uint64_t> size) {
        std::string found;
        for (const auto& each : kernel.places(question(name, 4, size)).places) {
            CHECK(each.address.value - each.start.value == 4);
            found += std::to_string(each.start.value - kText) + ' ';
        }
        return found;
    };
    CHECK(starts("probe", {}) == "16 48 ");
    CHECK(starts("probe", 0x20) == "16 ");
    CHECK(starts("probe", 0x10) == "48 ");
    CHECK(starts("probe.__uniq.1234", 0x10) == "48 ");
    CHECK(starts("prob", {}).empty());
    CHECK(starts("probe.", {}).empty());
    // The whole name wins, unless the size is another one's.
    CHECK(starts("open", {}) == "64 ");
    CHECK(starts("open", 0x10) == "64 ");
    CHECK(starts("open", 0x20) == "80 ");
    CHECK(starts("close", 0x8) == "112 120 ");
    CHECK(starts("clone", {}).empty());
    CHECK(starts("warned", {}).empty());
    CHECK_FALSE(kernel.refused(*kernel.vmlinux()));
    // A wrong size is refused as it is for whole names.
    CHECK(kernel.places(question("close", 4, 0x999)).reason->code == KernelMiss::other_size);
}

TEST_CASE("kernel: the module of a name that the kernel cut, with and without kallsyms") {
    TemporaryFolder folder;
    const auto module = [&](const char* file, std::vector<std::string> names) {
        ElfBuilder builder({}, ET_REL);
        const auto text = builder.add_code(".text", 0, 0x100);
        for (std::uint64_t at = 0; at < names.size(); ++at) {
            builder.add_symbol({.name = names[at], .value = at * 0x10, .section = text});
        }
        folder.write(file, builder.build());
    };
    module("first.ko", {"shared.llvm.1", "own.llvm.2"});
    module("second.ko", {"shared.llvm.3", "own_too.cfi", "whole"});
    module("third.ko", {"whole.llvm.4"});
    auto options = fixture_kernel("mini-vmlinux-gcc");
    options.module_directories = {folder.root()};
    kernel::LoadedKernel kernel(std::move(options));
    const auto owner = [&](std::string_view name) -> std::string {
        auto asked = question(name, 4);
        asked.any_module = true;
        const auto places = kernel.places(asked).places;
        return places.empty() ? "" : places.front().file->name;
    };
    const auto check = [&] {
        CHECK(owner("own") == "first");
        CHECK(owner("own_too") == "second");
        CHECK(owner("shared").empty());
        CHECK(owner("whole") == "second");
        CHECK(owner("own_").empty());
    };
    check();
    const kernel::Kallsyms kallsyms(
        "ffffffff81000000 T _text\nffffffffc0001000 t shared.llvm.1\t[first]\n"
        "ffffffffc0001010 t own.llvm.2\t[first]\nffffffffc0002000 t shared.llvm.3\t[second]\n"
        "ffffffffc0002010 t own_too.cfi\t[second]\nffffffffc0002020 t whole\t[second]\n"
        "ffffffffc0003000 t whole.llvm.4\t[third]\n");
    kernel.use(&kallsyms);
    check();
}

TEST_CASE("kernel: a symbol of another size is no answer, and why is said") {
    kernel::LoadedKernel kernel = mini_kernel();
    const auto found = kernel.places(question("do_fork", 0x10, 0xfff));
    CHECK(found.places.empty());
    CHECK(found.mismatch == "no line: its size in mini-vmlinux-gcc is 0x30, not 0xfff");
    CHECK(found.miss == found.mismatch);
    // Without a size the offset alone can show it.
    const auto beyond = kernel.places(question("do_fork", 0x31));
    CHECK(beyond.miss == "no line: its size in mini-vmlinux-gcc is 0x30, not above 0x31");
    CHECK(beyond.mismatch.empty());
    CHECK(kernel.places(question("do_fork", 0x30)).places.size() == 1);
    const auto absent = kernel.places(question("no_such_function", 1));
    CHECK(absent.miss.find("no such symbol") == 0);
    CHECK(absent.mismatch.empty());
}

TEST_CASE("kernel: the last symbol of a section has the size of what was placed after it") {
    kernel::LoadedKernel kernel = mini_kernel();
    kernel::KernelFile* file = kernel.vmlinux();
    const auto all = file->module.symbols().all();
    const Symbol* last = nullptr;
    for (const Symbol& symbol : *all) {
        if (symbol.type != SymbolType::function || !symbol.section) continue;
        const bool alone = file->symbols().named(symbol.name).size() == 1;
        if (alone && file->is_last(symbol, file->symbols().size(symbol))) last = &symbol;
    }
    REQUIRE(last != nullptr);
    const auto own = file->symbols().size(*last);
    CHECK(kernel.places(question(last->name, 0, own + 0x1000)).places.size() == 1);
    CHECK(kernel.places(question(last->name, 0, own)).places.size() == 1);
    CHECK(kernel.places(question(last->name, 0, own - 1)).places.empty());
    // A module's data: what the kernel prints as its size is below 0.
    CHECK(kernel.places(question("do_fork", 0, 0xffffffffffffcf00)).places.size() == 1);
}

TEST_CASE("kernel: two sizes of ten that differ, or two of two, refuse the file; one does not") {
    kernel::LoadedKernel kernel = mini_kernel();
    kernel::KernelFile* file = kernel.vmlinux();
    kernel.places(question("do_fork", 1, 0x999));
    kernel.places(question("do_fork", 2, 0x999));  // the same function says nothing new
    CHECK_FALSE(kernel.refused(*file));
    CHECK(kernel.take_notices().empty());
    const auto second = kernel.places(question("panic", 1, 0x999));
    CHECK(kernel.refused(*file));
    CHECK(second.mismatch.empty());
    CHECK(second.miss == "the file is of another build");
    CHECK(kernel.take_notices().size() == 1);
    CHECK(kernel.places(question("panic", 1)).places.empty());
    CHECK(kernel.take_notices().empty());
}

TEST_CASE("kernel: modules by name, '-' and '_' alike; a missing one is remembered") {
    kernel::LoadedKernel kernel = mini_kernel();
    CHECK(kernel.places(question("mini_second", 1, {}, "mini_module")).places.size() == 1);
    CHECK(kernel.places(question("mini_second", 1, {}, "mini-module")).places.size() == 1);
    CHECK(kernel.places(question("f", 1, {}, "absent")).miss == "module not found");
    CHECK(kernel.missing_modules().contains("absent"));
}

TEST_CASE(
    "kernel: the slide is learned from an address and its symbol, not from a hashed address") {
    kernel::LoadedKernel kernel = mini_kernel();
    const auto place = kernel.places(question("do_fork", 0x10)).places.at(0);
    kernel.learn(RuntimeAddress{0x936acc78}, place, kernel::PlacePrecision::address);
    CHECK_FALSE(kernel.slide());
    CHECK(kernel.places(RuntimeAddress{place.address.value + 0x2000000}).places.empty());
    kernel.learn(RuntimeAddress{place.address.value + 0x2000000}, place,
                 kernel::PlacePrecision::address);
    CHECK(kernel.slide() == LoadBias{0x2000000});
    const auto raw = kernel.places(RuntimeAddress{place.address.value + 0x2000000}).places;
    REQUIRE(raw.size() == 1);
    CHECK(raw[0].address == place.address);
    CHECK(raw[0].start == place.start);
}

TEST_CASE("kernel: the slide from kallsyms, and without an offset") {
    kernel::LoadedKernel kernel = mini_kernel();
    const kernel::Kallsyms kallsyms("ffffffff85000000 T _text\n");
    kernel.use(&kallsyms);
    CHECK(kernel.slide() == LoadBias{0x4000000});
    kernel::LoadedKernel other = mini_kernel();
    const auto place = other.places(question("do_fork", 0)).places.at(0);
    other.learn(RuntimeAddress{place.start.value + 0x600000 + 8}, place,
                kernel::PlacePrecision::symbol);
    CHECK(other.slide() == LoadBias{0x600000});
}

TEST_CASE("kernel: kallsyms of another boot, or of another build, is not believed") {
    kernel::LoadedKernel kernel = mini_kernel();
    kernel.set_slide(LoadBias{0x2000000});
    const kernel::Kallsyms other_boot("ffffffff85000000 T _text\n");
    CHECK_FALSE(kernel.use(&other_boot));
    CHECK(kernel.slide() == LoadBias{0x2000000});
    kernel::LoadedKernel second = mini_kernel();
    const auto fork = second.places(question("do_fork", 0x10)).places.at(0);
    const std::uint64_t slide = 0x4000000;
    const kernel::Kallsyms other_build("ffffffff85000000 T _text\nffffffff85000008 T renamed\n");
    CHECK(second.use(&other_build));
    const auto found = second.places(RuntimeAddress{fork.address.value + slide});
    CHECK(found.places.empty());
    CHECK(found.miss.find("kallsyms has another symbol") == 0);
}

TEST_CASE("kernel: a file of another build id is refused, and the reason is given once") {
    auto options = fixture_kernel("mini-vmlinux-gcc");
    options.build_id = BuildId::parse("00112233");
    kernel::LoadedKernel kernel(std::move(options));
    CHECK(kernel.vmlinux() == nullptr);
    CHECK(kernel.vmlinux_missing());
    const auto notices = kernel.take_notices();
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].kind == Notice::Kind::not_used);
    CHECK(notices[0].about.code == ErrorCode::mismatch);
    CHECK(notices[0].about.message.ends_with("instead of 00112233"));
    CHECK(kernel.take_notices().empty());
}

TEST_CASE("calls: the instruction before a return address") {
    kernel::LoadedKernel kernel = mini_kernel();
    const auto all = kernel.vmlinux()->module.symbols().all();
    const Module& module = kernel.vmlinux()->module;
    const auto start = kernel.places(question("do_fork", 0)).places.at(0).start;
    CHECK(symbolize::call_ends_at(module, start) == symbolize::CallAt::no);
    // Somewhere in the text a function is called directly: its start is what call_target gives.
    int direct = 0;
    for (const Symbol& symbol : *all) {
        if (symbol.type != SymbolType::function || !symbol.section) continue;
        for (std::uint64_t offset = 5; offset < symbol.size; ++offset) {
            const FileAddress address{symbol.address.value + offset};
            const auto target = symbolize::call_target(module, address);
            if (!target || !target->address) continue;
            if (kernel.vmlinux()->symbols().starting_at(*target->address) == nullptr) continue;
            CHECK(symbolize::call_ends_at(module, address) == symbolize::CallAt::yes);
            ++direct;
        }
    }
    CHECK(direct > 0);
}

TEST_CASE("calls: those of a module, to its own sections, filled in or not, and to the kernel") {
    const auto module = Module::open(fixture("mini-module.ko"));
    REQUIRE(module);
    const auto place = [&](std::string_view section, std::uint64_t offset) {
        return *module->sections().address_of(*module->sections().named(section), offset);
    };
    const auto start = [&](std::string_view name) {
        return module->symbols().named(name).value().at(0).address;
    };
    // By the assembler: both are in .text.
    auto target = symbolize::call_target(*module, place(".text", 0xc9));
    REQUIRE(target);
    CHECK(target->address == place(".text", 0x80));
    // By a relocation with a symbol of the file.
    target = symbolize::call_target(*module, place(".text", 0x6d));
    REQUIRE(target);
    CHECK(target->address == start("mini_second"));
    // By a relocation with a symbol of another file.
    target = symbolize::call_target(*module, place(".text.unlikely", 0x2f));
    REQUIRE(target);
    CHECK_FALSE(target->address);
    CHECK(target->symbol == "panic");
    CHECK_FALSE(symbolize::call_target(*module, place(".text", 0x6c)));
}
