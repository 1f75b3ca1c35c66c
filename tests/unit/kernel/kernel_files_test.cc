#include "kernel/kernel_files.h"

#include <doctest/doctest.h>

#include "support/elf_builder.h"
#include "support/kernel_options.h"

using namespace symline;
using namespace symline::test;

namespace {

/// Whether a file with one function there, and nothing else that kernels have, is taken for one.
bool is_taken(std::uint64_t address, std::uint16_t type = ET_EXEC) {
    const TemporaryFolder folder;
    ElfBuilder builder({}, type, EM_X86_64);
    const auto text = builder.add({.name = ".text",
                                   .flags = SHF_ALLOC | SHF_EXECINSTR,
                                   .address = address,
                                   .bytes = ByteVector(0x40, 0x90)});
    builder.add_symbol(
        {.name = "do_work", .value = address, .size = 0x40, .section = text, .type = STT_FUNC});
    kernel::KernelFiles files(
        {.vmlinux = folder.write("vmlinux", builder.build()), .debug_files = debug_files_in({})});
    const bool taken = files.vmlinux() != nullptr;
    CHECK(files.vmlinux_error().has_value() == !taken);
    return taken;
}

constexpr const char* kOwnRelease = "5.4.0-crash";

kernel::KernelFiles of_release(std::string release, std::optional<bool> use_other_releases,
                               std::vector<std::string> module_directories = {}) {
    return kernel::KernelFiles({.vmlinux = fixture("dump/boot/vmlinux-5.4.0-crash"),
                                .release = std::move(release),
                                .module_directories = std::move(module_directories),
                                .debug_files = debug_files_in({})},
                               {.running_build_id = {},
                                .use_other_builds = false,
                                .use_other_releases = use_other_releases});
}

/// A module with one function and a vermagic.
ByteVector module_of(std::string_view release) {
    ElfBuilder builder({}, ET_REL, EM_X86_64);
    const auto text = builder.add(
        {.name = ".text", .flags = SHF_ALLOC | SHF_EXECINSTR, .bytes = ByteVector(0x40, 0x90)});
    builder.add_symbol(
        {.name = "do_work", .value = 0, .size = 0x40, .section = text, .type = STT_FUNC});
    const std::string info = "license=GPL" + std::string(1, '\0') +
                             "vermagic=" + std::string(release) + " SMP mod_unload" +
                             std::string(1, '\0');
    builder.add({.name = ".modinfo", .flags = SHF_ALLOC, .bytes = {info.begin(), info.end()}});
    return builder.build();
}

}  // namespace

TEST_CASE("a vmlinux that was named is known by code in the upper half of the address space") {
    CHECK(is_taken(0xffffffff81000000));
    CHECK(is_taken(0xffff800080010000));
    CHECK_FALSE(is_taken(0x401000));
    CHECK_FALSE(is_taken(0x7fffffff0000));
    CHECK_FALSE(is_taken(0xffffffff81000000, ET_REL));
}

TEST_CASE("a vmlinux of another build is used where that is wanted, and has no error then") {
    auto options = fixture_kernel("mini-vmlinux-gcc");
    options.build_id = BuildId::parse("00112233");
    kernel::KernelFiles strict(options);
    CHECK(strict.vmlinux() == nullptr);
    CHECK(strict.vmlinux_error().value().code == ErrorCode::mismatch);
    kernel::KernelFiles lenient(options, {.running_build_id = {}, .use_other_builds = true});
    REQUIRE(lenient.vmlinux() != nullptr);
    CHECK(lenient.of_other_build(*lenient.vmlinux()));
    CHECK_FALSE(lenient.vmlinux_error());
    CHECK(describe(lenient.take_notices().at(0))
              .contains("is of another build, and used: build id "));
}

TEST_CASE("a vmlinux of another release is refused, or used and marked, where that is asked for") {
    auto refusing = of_release("6.2.0", false);
    CHECK(refusing.vmlinux() == nullptr);
    CHECK(refusing.vmlinux_error().value().message == "kernel 5.4.0-crash instead of 6.2.0");
    CHECK(refusing.release() == "6.2.0");
    auto using_it = of_release("6.2.0", true);
    REQUIRE(using_it.vmlinux() != nullptr);
    CHECK(using_it.of_other_build(*using_it.vmlinux()));
    CHECK(describe(using_it.take_notices().at(0))
              .ends_with("is of another build, and used: kernel 5.4.0-crash instead of 6.2.0"));
    auto silent = of_release("6.2.0", std::nullopt);
    REQUIRE(silent.vmlinux() != nullptr);
    CHECK_FALSE(silent.of_other_build(*silent.vmlinux()));
    for (const char* release : {kOwnRelease, ""}) {
        auto own = of_release(release, false);
        REQUIRE(own.vmlinux() != nullptr);
        CHECK_FALSE(own.of_other_build(*own.vmlinux()));
    }
}

TEST_CASE("a module of another release is treated as a vmlinux is, unless its build id agrees") {
    const TemporaryFolder folder;
    folder.write("worker.ko", module_of("6.2.0"));
    const std::vector<std::string> directories{folder.root()};
    auto refusing = of_release(kOwnRelease, false, directories);
    CHECK(refusing.module("worker", {}) == nullptr);
    CHECK(describe(refusing.take_notices().at(0)).contains("6.2.0 instead of 5.4.0-crash"));
    auto using_it = of_release(kOwnRelease, true, directories);
    kernel::KernelFile* const used = using_it.module("worker", {});
    REQUIRE(used != nullptr);
    CHECK(using_it.of_other_build(*used));
    auto own = of_release("6.2.0", true, directories);
    kernel::KernelFile* const same = own.module("worker", {});
    REQUIRE(same != nullptr);
    CHECK_FALSE(own.of_other_build(*same));
    CHECK(own.of_other_build(*own.vmlinux()));
}
