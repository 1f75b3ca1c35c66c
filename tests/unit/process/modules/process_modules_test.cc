#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>

#include "process/crashed_program.h"
#include "symline/core_dump.h"
#include "symline/debug_files.h"

using namespace symline;
using namespace symline::test;

namespace {

CoreDump opened(const TemporaryFolder& folder, CrashedProgram program,
                ProcessOptions options = {}) {
    if (options.debug_files == nullptr) {
        options.debug_files =
            std::make_shared<DebugFiles>(DebugFileOptions{.debug_directories = {}});
    }
    auto core = CoreDump::open(folder.write("core", program.build()), options);
    REQUIRE(core);
    return std::move(*core);
}

CrashedProgram crashed() {
    CrashedProgram program;
    program.crash(10);
    return program;
}

/// A note of a package, in the place of the first page that the program's notes are in.
void write_package_note(ByteVector& page, std::string_view json) {
    ByteWriter note;
    note.u32(4).u32(json.size() + 1).u32(0xcafe1a7e).string("FDO").string(json).align(4);
    // The last program header becomes a PT_NOTE that lies in the page's end.
    const std::size_t at = page.size() - note.size();
    std::copy(note.data().begin(), note.data().end(),
              page.begin() + static_cast<std::ptrdiff_t>(at));
    const auto count = page[56];
    ByteWriter header;
    header.u32(4).u32(4).u64(at).u64(CrashedProgram::kBase + at).u64(0);
    header.u64(note.size()).u64(note.size()).u64(4);
    std::copy(header.data().begin(), header.data().end(), page.begin() + 64 + (count - 1) * 56);
}

}  // namespace

TEST_CASE("modules of a core: one line for all mappings of a file") {
    const TemporaryFolder folder;
    auto core = opened(folder, crashed());
    const auto modules = core.modules();
    REQUIRE(modules.size() == 1);
    const ProcessModule& program = modules.front();
    CHECK(program.begin.value == CrashedProgram::kBase);
    CHECK(program.end.value == CrashedProgram::kBase + 0x3000);
    CHECK(program.name == fixture("c-gcc-dwarf5"));
    CHECK(program.build_id == core.facts().build_id);
    CHECK(program.code.path == program.name);
    CHECK(program.code.found_by == FoundBy::mapped_path);
    CHECK(program.debug.path == program.name);
    CHECK(program.debug.found_by == FoundBy::file_itself);
    CHECK_FALSE(program.package);
    const auto threads = core.threads();
    REQUIRE(threads);
    CHECK_FALSE(core.missing_files(*threads));
}

TEST_CASE("modules of a core: a file that is not here") {
    const TemporaryFolder folder;
    auto program = crashed();
    program.path = "/nowhere/c-gcc-dwarf5";
    auto core = opened(folder, program);
    const auto modules = core.modules();
    REQUIRE(modules.size() == 1);
    CHECK(modules[0].code.path.empty());
    CHECK(modules[0].code.reason ==
          "no file '/nowhere/c-gcc-dwarf5'; no other file of that build id was found");
    const auto missing = core.missing_files(*core.threads());
    REQUIRE(missing);
    REQUIRE(missing->modules.size() == 1);
    CHECK_FALSE(missing->modules[0].code_found);
    CHECK(describe(*missing) == "no debug file of c-gcc-dwarf5 (not found itself, build id " +
                                    core.facts().build_id->hex() + ")");
    CHECK_FALSE(core.missing_files({}));
}

TEST_CASE("modules of a core: the package of the note in its memory") {
    const TemporaryFolder folder;
    auto program = crashed();
    program.path = "/nowhere/c-gcc-dwarf5";
    program.build();  // which puts the headers in front
    auto& page = program.builder.segments.front().bytes;
    REQUIRE(page.size() == 0x1000);
    write_package_note(page, R"({"type":"rpm","name":"gcc-tests","version":"5-1",)"
                             R"("osCpe":"cpe:/o:fedoraproject:fedora:40"})");
    auto core = CoreDump::open(folder.write("core", program.builder.build()));
    REQUIRE(core);
    const auto modules = core->modules();
    REQUIRE(modules.size() == 1);
    REQUIRE(modules[0].package);
    CHECK(modules[0].package->origin == Package::Origin::note);
    CHECK(modules[0].package->name == "gcc-tests");
    const auto missing = core->missing_files(*core->threads());
    REQUIRE(missing);
    CHECK(missing->source.distribution == "Fedora");
    CHECK(missing->source.command == "dnf install --enablerepo='*debug*' 'debuginfo(build-id) = " +
                                         core->facts().build_id->hex() + "'");
    CHECK(missing->source_has_all);
}

TEST_CASE("modules of a core: the package that dpkg installed below the sysroot") {
    const TemporaryFolder folder;
    auto program = crashed();
    program.path = "/usr/lib/libsmall.so";
    auto file = read_whole(fixture("c-gcc-dwarf5"));
    std::fill_n(file.begin() + 40, 8, 0);  // no section headers: no debug information
    std::fill_n(file.begin() + 58, 6, 0);
    folder.write("usr/lib/libsmall.so", file);
    folder.write("etc/os-release", std::string_view("ID=debian\n"));
    folder.write("var/lib/dpkg/info/libsmall1.list", std::string_view("/lib/libsmall.so\n"));
    folder.write("var/lib/dpkg/status",
                 std::string_view("Package: libsmall1\nVersion: 1-2\nArchitecture: amd64\n"));
    auto core = opened(folder, program, {.sysroot = folder.root()});
    const auto modules = core.modules();
    REQUIRE(modules.size() == 1);
    CHECK(modules[0].code.path == folder.root() + "/usr/lib/libsmall.so");
    REQUIRE(modules[0].package);
    CHECK(modules[0].package->name == "libsmall1");
    CHECK(modules[0].package->version == "1-2");
    const auto missing = core.missing_files(*core.threads());
    REQUIRE(missing);
    CHECK(missing->source.command == "apt-get install libsmall1-dbgsym");
    CHECK(missing->source.remark == "from http://deb.debian.org/debian-debug");
    CHECK(missing->modules[0].code_found);
}

TEST_CASE("modules of a living process, with the kernel's own") {
    auto self = Process::open(::getpid());
    REQUIRE(self);
    const auto modules = self->modules();
    CHECK(std::ranges::is_sorted(modules, {}, &ProcessModule::begin));
    const auto named = [&](std::string_view end) {
        return std::ranges::find_if(modules,
                                    [&](const auto& each) { return each.name.ends_with(end); });
    };
    const auto program = named("symline_unit");
    REQUIRE(program != modules.end());
    CHECK(program->build_id == self->facts().build_id);
    CHECK(program->code.found_by == FoundBy::mapped_path);
    CHECK(named("libc.so.6") != modules.end());
    const auto vdso = named("[vdso]");
    if (vdso != modules.end()) {
        CHECK(vdso->of_kernel);
        CHECK(vdso->code.found_by == FoundBy::process_memory);
    }
}

TEST_CASE("a wrong program is said, and not used") {
    const TemporaryFolder folder;
    const auto said = [&](const std::string& named, bool has_headers = true) {
        auto program = crashed();
        program.has_headers = has_headers;
        auto core = opened(folder, program, {.program = named});
        CHECK(core.resolve({{CrashedProgram::kHelper}}).module != nullptr);
        return std::vector<std::string>(core.problems().begin(), core.problems().end());
    };
    const auto program = fixture("c-gcc-dwarf5");
    CHECK(said(program).empty());
    const auto wrong = [&](const std::string& named, const std::string& why) {
        return std::vector{"'" + named + "' not used: it is not the program '" + program +
                           "': " + why};
    };
    const auto other = said(fixture("c-clang-dwarf5"));
    REQUIRE(other.size() == 1);
    CHECK(other[0].starts_with("'" + fixture("c-clang-dwarf5") + "' not used: "));
    const auto vmlinux = fixture("dump/boot/vmlinux-5.4.0-crash");
    CHECK(said(vmlinux) == wrong(vmlinux, "it is the vmlinux of a kernel"));
    CHECK(said(fixture("mini-module.ko")) == wrong(fixture("mini-module.ko"), "it is no program"));
    CHECK(said(folder.path("core")) == wrong(folder.path("core"), "it is a core file"));
    CHECK(said("/nowhere/x") ==
          std::vector<std::string>{"'/nowhere/x' not used: No such file or directory"});
    // Without build ids there is no more than where a program begins.
    CHECK(said(fixture("cxx-gcc-dwarf5"), false).size() == 2);
}
