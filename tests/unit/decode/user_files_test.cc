#include "decode/user_files.h"

#include <doctest/doctest.h>

#include "support/files.h"

using namespace symline;
using namespace symline::decode;
using namespace symline::test;

namespace {

constexpr std::string_view kOwn = "c-gcc-dwarf5";

/// A machine with one program in /opt/demo.
struct Machine {
    TemporaryFolder root;
    std::string build_id = Module::open(fixture(kOwn))->build_id()->hex();
    std::string other = std::string(build_id.size(), 'a');

    Machine() { root.copy("opt/demo/prog", fixture(kOwn)); }

    UserFiles files() const {
        return UserFiles(
            root.root(),
            std::make_shared<DebugFiles>(DebugFileOptions{
                .debug_directories = {root.path("usr/lib/debug")}, .sysroot = root.root()}),
            {});
    }
};

log::Occurrence at(std::string_view file, std::string_view build_id, std::uint64_t address) {
    log::Occurrence occurrence;
    occurrence.space = log::AddressScope::file;
    occurrence.format = log::Format::asan;
    occurrence.file = file;
    occurrence.build_id = build_id;
    occurrence.address = address;
    return occurrence;
}

}  // namespace

TEST_CASE("user files: a path of the text is one below the sysroot, and only a regular one") {
    const Machine machine;
    auto files = machine.files();
    const auto found = files.places(at("/opt/demo/prog", {}, 0x4a1100));
    REQUIRE(found.places.size() == 1);
    CHECK(found.places[0].file->module.path() == machine.root.path("opt/demo/prog"));
    CHECK(found.places[0].file->found_by == FoundBy::path_in_text);
    CHECK(files.places(at("/opt/demo/gone", {}, 0x4a1100)).miss == "no such file");
    CHECK(files.places(at("[vdso]", {}, 0x4a1100)).miss == "no file");
    CHECK(files.places(at("", {}, 0x4a1100)).miss == "no file");
    CHECK(files.take_notices().empty());
}

TEST_CASE("user files: a file of another build id answers nothing, which is said once") {
    const Machine machine;
    auto files = machine.files();
    CHECK(files.places(at("/opt/demo/prog", machine.build_id, 0x4a1100)).places.size() == 1);
    for (int i = 0; i < 2; ++i) {
        const auto found = files.places(at("/opt/demo/prog", machine.other, 0x4a1100));
        CHECK(found.places.empty());
        CHECK(found.miss == "the file has another build id");
    }
    const auto notices = files.take_notices();
    REQUIRE(notices.size() == 1);
    CHECK(describe(notices[0]) == "'" + machine.root.path("opt/demo/prog") +
                                      "' not used: build id " + machine.build_id + " instead of " +
                                      machine.other);
}

TEST_CASE(
    "user files: the name without folders, as the kernel prints it, is found in the usual ones") {
    const Machine machine;
    machine.root.copy("usr/sbin/daemon", fixture(kOwn));
    auto files = machine.files();
    const auto found = files.places(at("daemon", {}, 0x4a1100));
    REQUIRE(found.places.size() == 1);
    CHECK(found.places[0].file->module.path() == machine.root.path("usr/sbin/daemon"));
}

TEST_CASE("user files: the debug file places addresses when the program is gone") {
    const Machine machine;
    machine.root.copy("usr/lib/debug/.build-id/" + machine.build_id.substr(0, 2) + "/" +
                          machine.build_id.substr(2) + ".debug",
                      fixture(kOwn));
    auto files = machine.files();
    const auto found = files.places(at("/opt/demo/gone", machine.build_id, 0x4a1100));
    REQUIRE(found.places.size() == 1);
    CHECK(found.places[0].file->found_by == FoundBy::build_id_tree);
}

TEST_CASE("user files: a file that the user names is that of the text with its name") {
    const Machine machine;
    const TemporaryFolder own;
    const auto path = own.copy("libown.so.debug", fixture(kOwn));
    UserFiles files(machine.root.root(),
                    std::make_shared<DebugFiles>(
                        DebugFileOptions{.debug_files = {path}, .sysroot = machine.root.root()}),
                    {});
    for (const auto* name : {"libown.so", "/apex/lib64/libown.so"}) {
        const auto found = files.places(at(name, {}, 0x4a1100));
        REQUIRE(found.places.size() == 1);
        CHECK(found.places[0].file->module.path() == path);
        CHECK(found.places[0].file->found_by == FoundBy::explicit_path);
    }
    CHECK(files.places(at("libother.so", {}, 0x4a1100)).miss == "no such file");
    CHECK(files.places(at("libown.so", machine.build_id, 0x4a1100)).places.size() == 1);
    CHECK(files.places(at("libown.so", machine.other, 0x4a1100)).miss ==
          "the file has another build id");
    CHECK(files.take_notices().size() == 1);
}

TEST_CASE("user files: what other lines say of a file") {
    const Machine machine;
    auto files = machine.files();
    log::Facts core;
    core.begins_core = true;
    core.user_file = "/opt/demo/prog";
    files.take(core);
    log::Facts module;
    module.user_modules.push_back({"libc.so.6", machine.build_id, {}});
    files.take(module);
    auto frame = at("libc.so.6", {}, 0x4a1100);
    frame.format = log::Format::coredumpctl;
    CHECK(files.name(frame).build_id == machine.build_id);
    frame.file = "prog";
    CHECK(files.name(frame).file == "/opt/demo/prog");
    frame.file = "prog (deleted)";
    CHECK(files.name(frame).file == "/opt/demo/prog");
    // The next core has other files.
    core.user_file = "/bin/other";
    files.take(core);
    frame.file = "libc.so.6";
    CHECK(files.name(frame).build_id.empty());
    log::Facts above;
    above.user_file = "/lib/libm.so";
    files.take(above);
    auto of_stack = at({}, {}, 0x4a1100);
    of_stack.format = log::Format::eu_stack;
    CHECK(files.name(of_stack).file == "/lib/libm.so");
}
