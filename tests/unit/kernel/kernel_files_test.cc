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
