#include "process/modules/file_roots.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>

#include "elf/constants.h"
#include "process/live/process_maps.h"
#include "support/files.h"

using namespace symline;
using namespace symline::process;
using namespace symline::test;

namespace {

constexpr WordFormat kWide{8, false};

/// A folder that has, as /lib/own, a program for this machine.
struct Sysroot {
    Sysroot() {
        std::filesystem::create_directory(folder.root() + "/lib");
        std::filesystem::copy_file("/bin/sleep", folder.root() + "/lib/own");
        folder.write("lib/text", "no ELF file");
    }
    TemporaryFolder folder;
};

ProcessFormat own_format() {
    const auto own = read_process_format(::getpid());
    REQUIRE(own);
    return *own;
}

using Roots = std::vector<std::string>;

}  // namespace

TEST_CASE("without a sysroot paths are as they are") {
    const auto own = own_format();
    CHECK(FileRoots("", own.machine, own.format).all() == Roots{""});
    CHECK(FileRoots("", 0, own.format).all() == Roots{""});
}

TEST_CASE("files of this machine are below the sysroot alone, those of others elsewhere too") {
    const auto own = own_format();
    CHECK(FileRoots("/sysroot", own.machine, own.format).all() == Roots{"/sysroot"});
    CHECK(FileRoots("/sysroot", 0, own.format).all() == Roots{"/sysroot"});
    const std::uint16_t other = own.machine == elf::kS390 ? elf::kX86_64 : elf::kS390;
    CHECK(FileRoots("/sysroot", other, kWide).all() == Roots{"/sysroot", ""});
}

TEST_CASE("the first root counts below which there is a file for the machine") {
    const auto own = own_format();
    const Sysroot sysroot;
    const auto path = sysroot.folder.root();
    const FileRoots roots(path, own.machine, own.format);
    CHECK(roots.find("/lib/own") == path + "/lib/own");
    CHECK_FALSE(roots.find("/lib/text"));
    CHECK_FALSE(roots.find("/lib/none"));
    CHECK_FALSE(roots.find("/lib"));
    CHECK(roots.open(path + "/lib/own"));
    CHECK_FALSE(roots.open("/lib/own"));
}

TEST_CASE("a file for another machine, word size or byte order is none") {
    const auto own = own_format();
    const Sysroot sysroot;
    const auto path = sysroot.folder.root();
    const auto found = [&](std::uint16_t machine, const WordFormat& format) {
        return FileRoots(path, machine, format).find("/lib/own").has_value();
    };
    CHECK(found(own.machine, own.format));
    CHECK(found(0, own.format));
    const std::uint16_t other = own.machine == elf::kS390 ? elf::kX86_64 : elf::kS390;
    CHECK_FALSE(found(other, own.format));
    CHECK_FALSE(found(own.machine, {own.format.size == 8 ? 4U : 8U, own.format.big_endian}));
    CHECK_FALSE(found(own.machine, {own.format.size, !own.format.big_endian}));
}

TEST_CASE("folders of cross compilers are for interpreters that are not at their path") {
    const auto own = own_format();
    FileRoots there("", own.machine, own.format);
    there.add_cross_folders("/proc/self/exe");
    CHECK(there.all() == Roots{""});
    FileRoots named("/sysroot", own.machine, own.format);
    named.add_cross_folders("/lib/ld-none.so.1");
    CHECK(named.all() == Roots{"/sysroot"});
    FileRoots arm("", elf::kArm64, kWide);
    arm.add_cross_folders("lib/relative.so");
    CHECK(arm.all() == Roots{""});
    if (own.machine == elf::kArm64) return;
    arm.add_cross_folders("/lib/ld-linux-aarch64.so.1");
    const bool installed =
        std::filesystem::exists("/usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1") &&
        !std::filesystem::exists("/lib/ld-linux-aarch64.so.1");
    CHECK(arm.all() == (installed ? Roots{"", "/usr/aarch64-linux-gnu"} : Roots{""}));
}
