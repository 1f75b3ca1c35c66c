#include "symbolize/locate.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "support/kernel_images.h"

using namespace symline;
using namespace symline::test;

namespace {

const auto kId = BuildId::parse(std::string(40, '1'));

/// As /boot of RISC-V and arm64 has it.
ByteVector plain_image() {
    auto image = raw_kernel();
    put_text(image, 0x38, "RSC\x05");
    return image;
}

std::shared_ptr<DebugFiles> files_in(const TemporaryFolder& root) {
    DebugFileOptions options;
    options.sysroot = root.path(".");
    options.debug_directories = {root.path("debug")};
    return std::make_shared<DebugFiles>(std::move(options));
}

}  // namespace

TEST_CASE("a release whose installed kernel is an image named vmlinux") {
    const TemporaryFolder root;
    root.write("boot/vmlinux-6.9.1-test", plain_image());
    const auto located = symbolize::locate("6.9.1-test", files_in(root));
    CHECK(located.problem.empty());
    CHECK(located.code.path.ends_with("/boot/vmlinux-6.9.1-test"));
    CHECK(located.build_id == kId);
    CHECK(located.debug.path.empty());
    CHECK(located.refused.empty());
    bool tried = false;
    for (const auto& each : located.tried) {
        tried = tried || each.detail == "a kernel image, which holds no debug information";
    }
    CHECK(tried);
}

TEST_CASE("vmlinuz comes before vmlinux") {
    const TemporaryFolder root;
    root.write("boot/vmlinux-6.9.1-test", read_whole(fixture("mini-vmlinux-gcc")));
    root.write("boot/vmlinuz-6.9.1-test", plain_image());
    const auto located = symbolize::locate("6.9.1-test", files_in(root));
    CHECK(located.code.path.ends_with("/boot/vmlinuz-6.9.1-test"));
    CHECK(located.build_id == kId);
    // That vmlinux is of another build.
    CHECK(located.debug.path.empty());
    CHECK(located.refused.size() == 1);
}

TEST_CASE("an image packed as a whole is located as the kernel in it") {
    const TemporaryFolder root;
    const auto path = root.write("Image.gz", packed(plain_image(), "gzip -n"));
    const auto located = symbolize::locate(path, files_in(root));
    CHECK(located.problem.empty());
    CHECK(located.code.path == path);
    CHECK(located.build_id == kId);
    CHECK(located.release == "6.9.1-test");
}

TEST_CASE("a packed text and an image that cannot be read are located nowhere") {
    const TemporaryFolder root;
    const auto text = root.write("log.gz", packed(ByteVector(3000, 'x'), "gzip -n"));
    CHECK(symbolize::locate(text, files_in(root)).problem == "not an ELF file");
    auto empty = ByteVector(4096);
    put_text(empty, 0x38, "ARM\x64");
    const auto image = root.write("Image", empty);
    CHECK(symbolize::locate(image, files_in(root)).problem ==
          "an arm64 Image with no kernel to be found in it");
}
