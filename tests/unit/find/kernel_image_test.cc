#include "find/kernel_image.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "support/files.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

struct Packer {
    const char* name;
    const char* command;
};
constexpr Packer kPackers[] = {
    {"gzip", "gzip -9 -n"},       {"xz", "xz --check=crc32 --lzma2=dict=1MiB"},
    {"zstd", "zstd -q"},          {"lz4", "lz4 -q -l"},
    {"lzma", "xz --format=lzma"}, {"bzip2", "bzip2"}};

/// The kernel packed by the program; empty where that is not installed.
ByteVector packed(const TemporaryFolder& folder, const ByteVector& kernel, const char* command) {
    const auto in = folder.write("kernel", kernel);
    const auto out = folder.path("kernel.packed");
    const auto line = std::string(command) + " -c < " + in + " > " + out + " 2>/dev/null";
    return std::system(line.c_str()) == 0 ? read_whole(out) : ByteVector{};
}

void put(ByteVector& bytes, std::size_t at, std::uint32_t value) {
    for (int i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
}

/// A setup header of boot protocol 2.15 with two sectors, 100 bytes of code, the payload, its size.
ByteVector bzimage(const ByteVector& payload, std::size_t kernel_size) {
    ByteVector image(3 * 512 + 100, 0x90);
    image[0x1f1] = 2;
    for (int i = 0; i < 4; ++i) image[0x202 + i] = static_cast<std::uint8_t>("HdrS"[i]);
    put(image, 0x206, 0x20f);
    put(image, 0x248, 100);
    put(image, 0x24c, static_cast<std::uint32_t>(payload.size() + 4));
    image.insert(image.end(), payload.begin(), payload.end());
    image.resize(image.size() + 4);
    put(image, image.size() - 4, static_cast<std::uint32_t>(kernel_size));
    image.resize(image.size() + 512, 0xcc);
    return image;
}

ByteVector zboot(const ByteVector& payload) {
    ByteVector image(64);
    for (int i = 0; i < 8; ++i) image[i] = static_cast<std::uint8_t>("MZ\0\0zimg"[i]);
    put(image, 8, 64);
    put(image, 12, static_cast<std::uint32_t>(payload.size()));
    image.insert(image.end(), payload.begin(), payload.end());
    return image;
}

ByteVector mini_kernel() {
    return read_whole(fixture("mini-vmlinux-gcc"));
}

std::optional<BuildId> mini_build_id() {
    return Module::open(fixture("mini-vmlinux-gcc"))->build_id();
}

ByteVector note(std::uint8_t fill) {
    ByteWriter out;
    out.u32(4).u32(20).u32(3).string("GNU").bytes(ByteVector(20, fill));
    return out.data();
}

/// An arm64 Image: no ELF headers, the note of the kernel, and a vDSO with a note of its own.
ByteVector raw_kernel() {
    ByteVector image(4096);
    for (int i = 0; i < 4; ++i) image[56 + i] = static_cast<std::uint8_t>("ARM\x64"[i]);
    const auto own = note(0x11);
    image.insert(image.end(), own.begin(), own.end());
    for (const char c : std::string("Linux version 6.9.1-test (x) #1\n")) {
        image.push_back(static_cast<std::uint8_t>(c));
    }
    image.resize(8192);
    const auto vdso = read_whole(fixture("stripped-dynsym.so"));
    image.insert(image.end(), vdso.begin(), vdso.end());
    return image;
}

}  // namespace

TEST_CASE("the build id in a bzImage, whatever packs its kernel") {
    const ByteVector kernel = mini_kernel();
    REQUIRE(mini_build_id());
    for (const Packer& packer : kPackers) {
        CAPTURE(std::string(packer.name));
        const TemporaryFolder folder;
        const auto payload = packed(folder, kernel, packer.command);
        if (payload.empty()) continue;
        const auto image = bzimage(payload, kernel.size());
        CHECK(find::is_kernel_image(image));
        const auto read = find::read_kernel_image(image);
        CHECK(read);
        if (!read) continue;
        CHECK(read->build_id == mini_build_id());
        CHECK(read->packed == packer.name);
    }
}

TEST_CASE("a header that leads nowhere: the payload is looked for") {
    const TemporaryFolder folder;
    const ByteVector kernel = mini_kernel();
    auto image = bzimage(packed(folder, kernel, "gzip -n"), kernel.size());
    put(image, 0x248, 0x7fffffff);
    const auto read = find::read_kernel_image(image);
    REQUIRE(read);
    CHECK(read->build_id == mini_build_id());
}

TEST_CASE("an EFI zboot image, and arm64's Image with a vDSO in it") {
    const TemporaryFolder folder;
    const ByteVector kernel = raw_kernel();
    for (const char* command : {"gzip -n", "zstd -q"}) {
        CAPTURE(command);
        const auto payload = packed(folder, kernel, command);
        if (payload.empty()) continue;
        const auto read = find::read_kernel_image(zboot(payload));
        REQUIRE(read);
        CHECK(read->build_id == BuildId::parse(std::string(40, '1')));
        CHECK(read->release == "6.9.1-test");
    }
    const auto plain = find::read_kernel_image(kernel);
    REQUIRE(plain);
    CHECK(plain->packed == "none");
    CHECK(plain->build_id == BuildId::parse(std::string(40, '1')));
}

TEST_CASE("a raw kernel with two notes of its own has no build id that could be told") {
    auto kernel = raw_kernel();
    const auto second = note(0x22);
    kernel.insert(kernel.begin() + 128, second.begin(), second.end());
    CHECK_FALSE(find::build_id_in_raw_kernel(kernel));
    CHECK_FALSE(find::build_id_in_raw_kernel(ByteVector(100)));
}

TEST_CASE("images that hold no kernel") {
    const TemporaryFolder folder;
    const auto text = packed(folder, ByteVector(5000, 'x'), "gzip -n");
    CHECK_FALSE(find::read_kernel_image(bzimage(text, 5000)));
    CHECK_FALSE(find::read_kernel_image(bzimage({}, 0)));
    CHECK_FALSE(find::read_kernel_image(zboot({})));
    CHECK_FALSE(find::is_kernel_image({}));
    CHECK_FALSE(find::is_kernel_image(mini_kernel()));
}

TEST_CASE("a module that is opened by its kernel image is the vmlinux of that build id") {
    const TemporaryFolder folder;
    const ByteVector kernel = mini_kernel();
    const auto image =
        folder.write("vmlinuz", bzimage(packed(folder, kernel, "xz --check=crc32"), kernel.size()));
    const auto hex = mini_build_id()->hex();
    const auto debug = folder.write(
        "debug/.build-id/" + hex.substr(0, 2) + "/" + hex.substr(2) + ".debug", kernel);
    ModuleOptions options;
    options.debug_directories = {folder.path("debug")};
    const auto module = Module::open(image, options);
    REQUIRE(module);
    CHECK(module->path() == debug);
    CHECK(module->symbols().named("start_kernel")->size() == 1);
    options.debug_directories = {folder.path("nothing")};
    const auto without = Module::open(image, options);
    REQUIRE_FALSE(without);
    CHECK(without.error().code == ErrorCode::unsupported);
    CHECK(without.error().message.ends_with("no debug file found for build id " + hex));
}
