#include "find/kernel_layout.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "kernel/loaded_kernel.h"
#include "support/kernel_options.h"

using namespace symline;
using namespace symline::test;

namespace {

const std::string kRelease = "6.1.0-test";

std::shared_ptr<DebugFiles> debug_files_of(const TemporaryFolder& root) {
    return debug_files_in({root.path("other"), root.path("usr/lib/debug")}, root.root());
}

find::KernelFolders folders_of(const TemporaryFolder& root) {
    return find::KernelFolders(debug_files_of(root)->options());
}

/// What Kernel opens as vmlinux when the only one stands at `path`.
std::string vmlinux_at(const std::string& path, const std::optional<BuildId>& id = {},
                       const std::string& release = kRelease) {
    const TemporaryFolder root;
    const auto file = root.copy(path, fixture("mini-vmlinux-gcc"));
    kernel::LoadedKernel kernel(
        {.release = release, .build_id = id, .debug_files = debug_files_of(root)});
    kernel::KernelFile* found = kernel.vmlinux();
    if (found == nullptr) return {};
    REQUIRE(found->module.path() == file);
    return std::string(describe(found->found_by));
}

/// The files that are named for a module, without the root.
std::vector<std::string> files_of(const TemporaryFolder& root, std::string_view module) {
    find::ModuleFiles files(folders_of(root), kRelease, {});
    std::vector<std::string> found;
    for (const auto& each : files.named(module)) {
        found.push_back(each.path.substr(root.root().size() + 1));
    }
    return found;
}

}  // namespace

TEST_CASE("vmlinux: where each distribution keeps it") {
    for (const char* path :
         {"usr/lib/debug/lib/modules/6.1.0-test/vmlinux",
          "usr/lib/debug/usr/lib/modules/6.1.0-test/vmlinux",
          "usr/lib/debug/usr/lib/modules/6.1.0-test/vmlinux.debug",
          "usr/lib/debug/boot/vmlinux-6.1.0-test", "usr/lib/debug/boot/vmlinux-6.1.0-test.debug",
          "other/boot/vmlinux-6.1.0-test", "boot/vmlinux-6.1.0-test",
          "lib/modules/6.1.0-test/build/vmlinux"}) {
        CHECK_MESSAGE(vmlinux_at(path) == "release layout", path);
    }
    CHECK(vmlinux_at("usr/lib/debug/boot/vmlinux-6.1.0-other").empty());
}

TEST_CASE("vmlinux: by its build id in the tree of any debug directory, without a release") {
    const auto id = BuildId::parse("00112233445566778899aabbccddeeff00112233");
    const auto module = Module::open(fixture("buildid-found"));
    const auto own = module ? module->build_id() : std::nullopt;
    REQUIRE(own);
    for (const char* directory : {"other/", "usr/lib/debug/"}) {
        const TemporaryFolder root;
        const auto hex = own->hex();
        root.copy(directory + (".build-id/" + hex.substr(0, 2) + "/" + hex.substr(2) + ".debug"),
                  fixture("buildid-found"));
        kernel::LoadedKernel kernel(
            {.release = {}, .build_id = own, .debug_files = debug_files_of(root)});
        REQUIRE(kernel.vmlinux() != nullptr);
        CHECK(kernel.vmlinux()->found_by == FoundBy::build_id_tree);
        kernel::LoadedKernel other(
            {.release = {}, .build_id = id, .debug_files = debug_files_of(root)});
        CHECK(other.vmlinux() == nullptr);
    }
}

TEST_CASE("vmlinux: the one of the release is refused when its build id is another") {
    const TemporaryFolder root;
    root.copy("usr/lib/debug/boot/vmlinux-6.1.0-test", fixture("mini-vmlinux-gcc"));
    kernel::LoadedKernel kernel({.release = kRelease,
                                 .build_id = BuildId::parse("0011"),
                                 .debug_files = debug_files_of(root)});
    CHECK(kernel.vmlinux() == nullptr);
    const auto notices = kernel.take_notices();
    REQUIRE(notices.size() == 1);
    CHECK(notices[0].about.message.ends_with("instead of 0011"));
}

TEST_CASE("modules: in-tree and out-of-tree, '-' and '_' alike, debug files first") {
    const TemporaryFolder root;
    const std::string modules = "lib/modules/6.1.0-test/";
    const std::string debug = "usr/lib/debug/" + modules;
    const auto empty = std::string_view("x");
    root.write(modules + "kernel/fs/my-mod.ko.xz", empty);
    root.write(modules + "extra/out.ko", empty);
    root.write(modules + "updates/dkms/nvidia.ko.zst", empty);
    root.write(modules + "weak-updates/weak.ko.gz", empty);
    root.write(debug + "kernel/fs/my-mod.ko.debug", empty);
    root.write(debug + "extra/out.ko", empty);
    root.write(debug + "kernel/net/a.ko", empty);
    root.write("usr/lib/debug/usr/" + modules + "kernel/net/suse.ko.debug", empty);
    using Files = std::vector<std::string>;
    CHECK(files_of(root, "my_mod") ==
          Files{debug + "kernel/fs/my-mod.ko.debug", modules + "kernel/fs/my-mod.ko.xz"});
    CHECK(files_of(root, "my-mod").size() == 2);
    CHECK(files_of(root, "out") == Files{debug + "extra/out.ko", modules + "extra/out.ko"});
    CHECK(files_of(root, "nvidia") == Files{modules + "updates/dkms/nvidia.ko.zst"});
    CHECK(files_of(root, "weak") == Files{modules + "weak-updates/weak.ko.gz"});
    CHECK(files_of(root, "a") == Files{debug + "kernel/net/a.ko"});
    CHECK(files_of(root, "suse") ==
          Files{"usr/lib/debug/usr/" + modules + "kernel/net/suse.ko.debug"});
    CHECK(files_of(root, "absent").empty());
}

TEST_CASE("modules: a system whose /lib is /usr/lib, without the link") {
    const TemporaryFolder root;
    const std::string file = "usr/lib/modules/6.1.0-test/kernel/net/merged.ko";
    root.write(file, std::string_view("x"));
    CHECK(files_of(root, "merged") == std::vector<std::string>{file});
}

TEST_CASE("modules: a weak update is a link into another release") {
    const TemporaryFolder root;
    root.write("lib/modules/5.0/extra/m.ko", std::string_view("x"));
    std::filesystem::create_directories(root.path("lib/modules/6.1.0-test/weak-updates"));
    std::filesystem::create_symlink("../../5.0/extra/m.ko",
                                    root.path("lib/modules/6.1.0-test/weak-updates/m.ko"));
    CHECK(files_of(root, "m") ==
          std::vector<std::string>{"lib/modules/6.1.0-test/weak-updates/m.ko"});
}

TEST_CASE("modules: links in a sysroot lead to files of the sysroot alone") {
    const TemporaryFolder root;
    const TemporaryFolder elsewhere;
    const std::string folder = "lib/modules/6.1.0-test/";
    const auto text = std::string_view("x");
    root.write("lib/modules/5.0/extra/m.ko", text);
    root.write("srv/debug/d.ko.debug", text);
    std::filesystem::create_directories(root.path(folder));
    std::filesystem::create_directories(root.path("usr/lib/debug/" + folder));
    const auto link = [&](const std::string& to, const std::string& name) {
        std::filesystem::create_symlink(to, root.path(name));
    };
    link("/lib/modules/5.0/extra/m.ko", folder + "m.ko");
    link(elsewhere.write("out.ko", text), folder + "out.ko");
    link("../../../../../../.." + elsewhere.path("out.ko"), folder + "above.ko");
    link("/srv/debug/d.ko.debug", "usr/lib/debug/" + folder + "d.ko.debug");
    link(elsewhere.path("out.ko"), "usr/lib/debug/" + folder + "e.ko.debug");
    CHECK(files_of(root, "m") == std::vector<std::string>{"lib/modules/5.0/extra/m.ko"});
    CHECK(files_of(root, "d") == std::vector<std::string>{"srv/debug/d.ko.debug"});
    for (const char* outside : {"out", "above", "e"}) CHECK(files_of(root, outside).empty());
    // A folder of this machine has links of this machine.
    find::KernelFolders plain;
    plain.module_directories = {root.path(folder)};
    CHECK(find::ModuleFiles(plain, {}, {}).named("out").size() == 1);
}

TEST_CASE("modules: folders of a sysroot that are links lead to its own folders") {
    const TemporaryFolder root;
    const TemporaryFolder elsewhere;
    root.write("usr/lib/modules/6.1.0-test/kernel/a.ko", std::string_view("x"));
    root.write("usr/src/linux/b.ko", std::string_view("x"));
    elsewhere.write("c.ko", std::string_view("x"));
    std::filesystem::create_symlink("/usr/lib", root.path("lib"));
    std::filesystem::create_symlink("/usr/src/linux",
                                    root.path("usr/lib/modules/6.1.0-test/build"));
    CHECK(files_of(root, "a") ==
          std::vector<std::string>{"usr/lib/modules/6.1.0-test/kernel/a.ko"});
    CHECK(files_of(root, "b") == std::vector<std::string>{"usr/src/linux/b.ko"});
    std::filesystem::remove(root.path("usr/lib/modules/6.1.0-test/build"));
    std::filesystem::create_symlink(elsewhere.root(),
                                    root.path("usr/lib/modules/6.1.0-test/build"));
    CHECK(files_of(root, "c").empty());
}

TEST_CASE("vmlinux: a link in a sysroot leads to a file of the sysroot alone") {
    const TemporaryFolder root;
    const TemporaryFolder elsewhere;
    const std::string debug = "usr/lib/debug/boot/vmlinux-6.1.0-test";
    root.write("srv/vmlinux", std::string_view("x"));
    std::filesystem::create_directories(root.path("usr/lib/debug/boot"));
    const auto has = [&](const std::string& path) {
        const auto found = find::vmlinux_candidates(folders_of(root), kRelease, {});
        return std::ranges::any_of(found, [&](const auto& each) { return each.path == path; });
    };
    CHECK(has(root.path(debug)));  // told of as a place looked at
    std::filesystem::create_symlink("/srv/vmlinux", root.path(debug));
    CHECK(has(root.path("srv/vmlinux")));
    std::filesystem::remove(root.path(debug));
    std::filesystem::create_symlink(elsewhere.write("vmlinux", std::string_view("x")),
                                    root.path(debug));
    CHECK_FALSE(has(root.path(debug)));
}

TEST_CASE("modules: names as the kernel writes them") {
    CHECK(find::module_name("snd-hda-intel.ko.zst") == "snd_hda_intel");
    CHECK(find::module_name("a.ko.debug") == "a");
    CHECK(find::module_name("a.ko.xz.debug") == "a");
    CHECK(find::module_name("a.ko.gz") == "a");
    CHECK(find::module_name("a.so").empty());
    CHECK(find::module_name(".ko").empty());
}
