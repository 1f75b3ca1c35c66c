#include "find/kernel_image.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string_view>

#include "support/kernel_images.h"
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

constexpr std::uint16_t kMips = 8, kPpc = 20, kPpc64 = 21, kS390 = 22;

std::optional<BuildId> raw_build_id() {
    return BuildId::parse(std::string(40, '1'));
}

/// A raw kernel with the magic of its machine at the offset that all of them use.
ByteVector image_of(std::string_view magic) {
    auto image = raw_kernel();
    put_text(image, 0x38, magic);
    return image;
}

/// Code that unpacks a kernel: with a build id of its own, the strings of a decompressor and the
/// format string of a banner, as s390's has all of them.
ByteVector decompressor(std::size_t size, bool big_endian) {
    ByteVector code(size);
    append(code, build_id_note(0x77, big_endian));
    append(code, ByteWriter()
                     .string("Linux version %s\n")
                     .bytes({0xfd, '7', 'z', 'X', 'Z', 0})
                     .string("XZ decompressor ran out of memory")
                     .data());
    return code;
}

ByteVector s390_image(const ByteVector& payload) {
    auto image = decompressor(0x11000, true);
    put_text(image, 0x10008, "S390EP");
    append(image, payload);
    image.resize(image.size() + 4096);
    return image;
}

ByteVector arm_zimage(const ByteVector& payload, bool big_endian) {
    auto image = decompressor(4096, big_endian);
    put(image, 0x24, 0x016f2818, big_endian);
    append(image, payload);
    image.resize(image.size() + 100, 0x11);
    return image;
}

/// A wrapper with a build id of its own and the kernel in a section; not stripped.
ByteVector elf_wrapper(ElfKind kind, std::uint16_t machine, std::string section,
                       const ByteVector& payload) {
    ElfBuilder elf(kind, ET_EXEC, machine);
    elf.add_code(".text", 0x1000, 64);
    elf.add({.name = ".notes",
             .type = SHT_NOTE,
             .flags = SHF_ALLOC,
             .bytes = build_id_note(0x77, kind.big_endian),
             .alignment = 4});
    elf.add({.name = std::move(section),
             .flags = SHF_ALLOC | SHF_WRITE,
             .address = 0x2000,
             .bytes = payload});
    return elf.build();
}

ByteVector mips_wrapper(const ByteVector& payload, bool with_dtb = true) {
    ElfBuilder elf({true, false}, ET_EXEC, kMips);
    elf.add_code(".text", 0x1000, 64);
    auto data = ByteVector(0x30, 0x5a);
    append(data, payload);
    elf.add({.name = ".data", .flags = SHF_ALLOC | SHF_WRITE, .address = 0x2000, .bytes = data});
    if (with_dtb) elf.add({.name = ".appended_dtb", .type = SHT_NOBITS, .flags = SHF_ALLOC});
    return elf.build();
}

constexpr std::uint8_t kKernelType = 2, kMultiFileType = 4;

/// The header of mkimage, then the content.
ByteVector uboot_image(const ByteVector& content, std::uint8_t type = kKernelType) {
    ByteVector image(64);
    put(image, 0, 0x27051956, true);
    put(image, 12, static_cast<std::uint32_t>(content.size()), true);
    image[30] = type;
    append(image, content);
    return image;
}

/// A kernel and a RAM disk, as mkimage -T multi puts them together.
ByteVector multi_file(const ByteVector& kernel) {
    auto content = ByteWriter(true).u32(kernel.size()).u32(8).u32(0).data();
    append(content, kernel);
    append(content, ByteVector(8, 0x22));
    return content;
}

/// An EFI program with an initrd and a kernel in its sections.
ByteVector unified_image(const ByteVector& initrd, const ByteVector& kernel) {
    constexpr std::uint32_t kPe = 64, kTable = kPe + 24, kData = kTable + 80;
    ByteVector image(kData);
    put_text(image, 0, "MZ");
    put(image, 0x3c, kPe);
    put_text(image, kPe, "PE");
    image[kPe + 6] = 2;
    const auto section = [&](std::size_t index, std::string_view name, const ByteVector& bytes) {
        const auto header = kTable + index * 40;
        put_text(image, header, name);
        put(image, header + 8, static_cast<std::uint32_t>(bytes.size()));
        put(image, header + 16, static_cast<std::uint32_t>(bytes.size()));
        put(image, header + 20, static_cast<std::uint32_t>(image.size()));
        append(image, bytes);
    };
    section(0, ".initrd", initrd);
    section(1, ".linux", kernel);
    return image;
}

std::string error_of(const ByteVector& image) {
    const auto read = find::read_kernel_image(image);
    return read ? "no error" : read.error().message;
}

}  // namespace

TEST_CASE("the build id in a bzImage, whatever packs its kernel") {
    const ByteVector kernel = mini_kernel();
    REQUIRE(mini_build_id());
    for (const Packer& packer : kPackers) {
        CAPTURE(std::string(packer.name));
        const auto payload = packed(kernel, packer.command);
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
    const ByteVector kernel = mini_kernel();
    auto image = bzimage(packed(kernel, "gzip -n"), kernel.size());
    put(image, 0x248, 0x7fffffff);
    const auto read = find::read_kernel_image(image);
    REQUIRE(read);
    CHECK(read->build_id == mini_build_id());
}

TEST_CASE("an EFI zboot image") {
    for (const char* command : {"gzip -n", "zstd -q"}) {
        CAPTURE(command);
        const auto payload = packed(raw_kernel(), command);
        if (payload.empty()) continue;
        const auto read = find::read_kernel_image(zboot(payload));
        REQUIRE(read);
        CHECK(read->build_id == raw_build_id());
        CHECK(read->release == "6.9.1-test");
    }
}

TEST_CASE("the raw Image of arm64, RISC-V and LoongArch, with a vDSO in it") {
    for (const char* magic : {"ARM\x64", "RSC\x05", "\xcd\x23\x82\x81"}) {
        CAPTURE(magic);
        auto image = image_of(magic);
        put_text(image, 0, "MZ");
        CHECK(find::is_kernel_image(image));
        const auto read = find::read_kernel_image(image);
        REQUIRE(read);
        CHECK(read->packed == "none");
        CHECK(read->build_id == raw_build_id());
        CHECK(read->release == "6.9.1-test");
    }
}

TEST_CASE("an s390 bzImage: a big-endian kernel, and not the id of what unpacks it") {
    for (const char* command : {"gzip -n", "xz --check=crc32"}) {
        CAPTURE(command);
        const auto payload = packed(raw_kernel(true), command);
        if (payload.empty()) continue;
        const auto image = s390_image(payload);
        CHECK(find::is_kernel_image(image));
        const auto read = find::read_kernel_image(image);
        REQUIRE(read);
        CHECK(read->build_id == raw_build_id());
        CHECK(read->release == "6.9.1-test");
    }
    CHECK(error_of(s390_image({})) == "an s390 bzImage with no kernel to be found in it");
}

TEST_CASE("an ARM zImage in both byte orders") {
    for (const bool big_endian : {false, true}) {
        const auto image = arm_zimage(packed(raw_kernel(big_endian), "gzip -n"), big_endian);
        CHECK(find::is_kernel_image(image));
        const auto read = find::read_kernel_image(image);
        REQUIRE(read);
        CHECK(read->build_id == raw_build_id());
        CHECK(error_of(arm_zimage({}, big_endian)) ==
              "an ARM zImage with no kernel to be found in it");
    }
}

TEST_CASE("an ELF boot wrapper: the id of the kernel in its section, not its own") {
    struct Wrapper {
        ElfKind kind;
        std::uint16_t machine;
        const char* section;
        const char* command;
    };
    for (const Wrapper& wrapper : {Wrapper{{false, true}, kPpc, ".kernel:vmlinux.strip", "gzip -n"},
                                   {{true, false}, kPpc64, ".kernel:vmlinux.strip", "xz"},
                                   {{true, true}, kPpc64, ".kernel:vmlinux.strip", "cat"},
                                   {{true, true}, kS390, ".rodata.compressed", "gzip -n"},
                                   {{true, false}, EM_X86_64, ".rodata..compressed", "gzip -n"},
                                   {{false, false}, EM_ARM, ".piggydata", "gzip -n"}}) {
        CAPTURE(std::string(wrapper.section));
        const auto payload = packed(raw_kernel(wrapper.kind.big_endian), wrapper.command);
        if (payload.empty()) continue;
        const auto image = elf_wrapper(wrapper.kind, wrapper.machine, wrapper.section, payload);
        CHECK(find::is_kernel_image(image));
        const auto read = find::read_kernel_image(image);
        REQUIRE(read);
        CHECK(read->build_id == raw_build_id());
        CHECK(read->release == "6.9.1-test");
    }
    const auto vmlinux = elf_wrapper({true, false}, kPpc64, ".kernel:vmlinux.strip",
                                     packed(mini_kernel(), "gzip -n"));
    CHECK(find::read_kernel_image(vmlinux)->build_id == mini_build_id());
}

TEST_CASE("a MIPS vmlinuz: the kernel in its .data") {
    const auto payload = packed(raw_kernel(), "gzip -n");
    for (const bool with_dtb : {true, false}) {
        const auto image = mips_wrapper(payload, with_dtb);
        CHECK(find::is_kernel_image(image));
        const auto read = find::read_kernel_image(image);
        REQUIRE(read);
        CHECK(read->build_id == raw_build_id());
        CHECK(read->release == "6.9.1-test");
    }
    CHECK(error_of(mips_wrapper({})) == "an ELF boot wrapper with no kernel to be found in it");
    CHECK_FALSE(find::is_kernel_image(mips_wrapper({}, false)));
}

TEST_CASE("an ELF boot wrapper that is damaged: the reason, and never its own id") {
    const auto payload = packed(raw_kernel(), "gzip -n");
    const auto section = ".kernel:vmlinux.strip";
    const auto cut = ByteVector(payload.begin(), payload.begin() + 100);
    CHECK(error_of(elf_wrapper({}, kPpc64, section, cut)) ==
          "an ELF boot wrapper whose kernel, packed with gzip, cannot be read: compressed data is "
          "damaged");
    CHECK(error_of(elf_wrapper({}, kPpc64, section, ByteVector(100))) ==
          "an ELF boot wrapper with no kernel to be found in it");
    CHECK(error_of(elf_wrapper({}, kPpc64, section, packed(vdso(0x22), "gzip -n"))) ==
          "an ELF boot wrapper in which gzip packs no Linux kernel");
    const auto whole = elf_wrapper({}, kPpc64, section, payload);
    for (std::size_t at = 0; at < whole.size(); at += 3) {
        auto damaged = whole;
        damaged[at] ^= 0x41;
        if (!find::is_kernel_image(damaged)) continue;
        const auto read = find::read_kernel_image(damaged);
        const bool right = !read || !read->build_id || read->build_id == raw_build_id();
        CHECK(right);
    }
}

TEST_CASE("a U-Boot image of a packed kernel, a raw one, a zImage and of several files") {
    const auto gzip = packed(raw_kernel(), "gzip -n");
    auto wrapper = decompressor(512, true);
    append(wrapper, gzip);
    for (const auto& image :
         {uboot_image(gzip), uboot_image(raw_kernel()), uboot_image(arm_zimage(gzip, false)),
          uboot_image(wrapper), uboot_image(multi_file(gzip), kMultiFileType)}) {
        CHECK(find::is_kernel_image(image));
        const auto read = find::read_kernel_image(image);
        REQUIRE(read);
        CHECK(read->build_id == raw_build_id());
        CHECK(read->release == "6.9.1-test");
    }
}

TEST_CASE("U-Boot images that hold no kernel: the reason") {
    const std::string nothing = "a U-Boot image with no kernel to be found in it";
    const auto gzip = packed(raw_kernel(), "gzip -n");
    CHECK(error_of(uboot_image({})) == nothing);
    CHECK(error_of(ByteVector{0x27, 5, 0x19, 0x56}) == nothing);
    CHECK(error_of(uboot_image(decompressor(512, true))) == nothing);
    CHECK(error_of(uboot_image(ByteVector(512, 1), kMultiFileType)) == nothing);
    CHECK(error_of(uboot_image(ByteVector(gzip.begin(), gzip.begin() + 90))) ==
          "a U-Boot image whose kernel, packed with gzip, cannot be read: compressed data is "
          "damaged");
    auto nested = uboot_image(gzip);
    for (int i = 0; i < 5000; ++i) nested = uboot_image(nested);
    CHECK(find::read_kernel_image(nested));  // as a stream that is found by its header
}

TEST_CASE("an image that is packed as a whole") {
    for (const Packer& packer : kPackers) {
        CAPTURE(std::string(packer.name));
        for (const auto& content : {image_of("ARM\x64"), raw_kernel(true)}) {
            const auto image = packed(content, packer.command);
            if (image.empty()) continue;
            const auto read = find::read_kernel_image(image);
            REQUIRE(read);
            CHECK(read->build_id == raw_build_id());
            CHECK(read->packed == packer.name);
        }
    }
    const auto log = ByteWriter().text_only("[    0.0] Linux version 6.9.1-test (x) #1\n").data();
    CHECK(error_of(packed(log, "gzip -n")) == "not an ELF file");
    CHECK(error_of(packed(vdso(0x22), "gzip -n")) == "not an ELF file");
    CHECK(error_of(packed(zboot({}), "gzip -n")) == "not an ELF file");
    auto damaged = packed(raw_kernel(), "gzip -n");
    damaged.resize(100);
    CHECK(error_of(damaged) == "not an ELF file");
}

TEST_CASE("a unified kernel image: not the id of what is in its initrd") {
    auto other = raw_kernel();
    std::ranges::replace(other, std::uint8_t{0x11}, std::uint8_t{0x66});
    const auto initrd = packed(other, "gzip -n");
    const auto payload = packed(raw_kernel(), "gzip -n");
    for (const auto& kernel : {zboot(payload), bzimage(payload, 1), image_of("ARM\x64"), payload}) {
        const auto read = find::read_kernel_image(unified_image(initrd, kernel));
        REQUIRE(read);
        CHECK(read->build_id == raw_build_id());
    }
    CHECK(error_of(unified_image(initrd, ByteVector(100))) ==
          "a unified kernel image with no kernel to be found in it");
    const auto whole = unified_image(initrd, zboot(payload));
    // The headers have to be there for it to be a unified image.
    for (std::size_t size = 64 + 24 + 80; size < whole.size(); size += 3) {
        const auto read = find::read_kernel_image({whole.data(), size});
        const bool right = !read || !read->build_id || read->build_id == raw_build_id();
        CHECK(right);
    }
}

TEST_CASE("a kernel that is not packed tells its release; of two notes none is chosen") {
    const auto read = find::read_kernel_image(s390_image(raw_kernel(true)));
    REQUIRE(read);
    CHECK(read->release == "6.9.1-test");
    CHECK(read->packed == "none");
    CHECK_FALSE(read->build_id);
}

TEST_CASE("the id of a module or program that an image packs is not the kernel's") {
    for (const auto& other : {read_whole(fixture("mini-module.ko")),
                              read_whole(fixture("stripped-dynsym.so")), vdso(0x55)}) {
        ByteVector image(4096);
        put_text(image, 0, "MZ");
        append(image, packed(other, "gzip -n"));
        CHECK(error_of(image) == "an EFI program in which gzip packs no Linux kernel");
    }
    ByteVector raw(4096);
    put_text(raw, 0x38, "ARM\x64");
    append(raw, build_id_note(0x44));
    CHECK(error_of(raw) == "an arm64 Image with no kernel to be found in it");
}

TEST_CASE("images whose kernel cannot be read: the format and the reason") {
    const auto gzip = packed(raw_kernel(), "gzip -n");
    const auto cut = ByteVector(gzip.begin(), gzip.begin() + 100);
    const auto text = packed(ByteVector(5000, 'x'), "gzip -n");
    const auto lzo = ByteWriter()
                         .bytes({0x89, 'L', 'Z', 'O', 0, '\r', '\n', 0x1a, '\n', 0x10, 0x30})
                         .zeros(200)
                         .data();
    CHECK(error_of(zboot(cut)) ==
          "an EFI zboot image whose kernel, packed with gzip, cannot be read: compressed data is "
          "damaged");
    CHECK(error_of(zboot(lzo)) ==
          "an EFI zboot image whose kernel, packed with lzo, cannot be read: decompression of lzo "
          "is not supported");
    CHECK(
        error_of(arm_zimage(lzo, false)) ==
        "an ARM zImage whose kernel, packed with lzo, cannot be read: decompression of lzo is not "
        "supported");
    CHECK(error_of(bzimage(text, 5000)) == "an x86 bzImage in which gzip packs no Linux kernel");
    CHECK(error_of(bzimage({}, 0)) == "an x86 bzImage with no kernel to be found in it");
    CHECK(error_of(zboot({})) == "an EFI zboot image with no kernel to be found in it");
    CHECK(error_of({}) == "not an ELF file");
    CHECK_FALSE(find::is_kernel_image({}));
    CHECK_FALSE(find::is_kernel_image(mini_kernel()));
}

TEST_CASE("images that are cut or damaged anywhere give no other id") {
    const ByteVector images[] = {
        bzimage(packed(mini_kernel(), "gzip -n"), 1), zboot(packed(raw_kernel(), "gzip -n")),
        s390_image(packed(raw_kernel(true), "gzip -n")),
        arm_zimage(packed(raw_kernel(), "gzip -n"), false), image_of("ARM\x64")};
    const auto check = [](const ByteVector& image) {
        const auto read = find::read_kernel_image(image);
        if (!read || !read->build_id) return true;
        return read->build_id == raw_build_id() || read->build_id == mini_build_id();
    };
    for (const ByteVector& whole : images) {
        for (std::size_t size = 0; size < whole.size(); size += whole.size() / 50 + 1) {
            CHECK(check(ByteVector(whole.begin(), whole.begin() + static_cast<long>(size))));
        }
        for (std::size_t at = 0; at < std::min<std::size_t>(whole.size(), 0x300); at += 5) {
            auto damaged = whole;
            damaged[at] ^= 0xff;
            CHECK(check(damaged));
        }
    }
}

TEST_CASE("a module that is opened by its kernel image is the vmlinux of that build id") {
    const TemporaryFolder folder;
    const ByteVector kernel = mini_kernel();
    const auto image =
        folder.write("vmlinuz", bzimage(packed(kernel, "xz --check=crc32"), kernel.size()));
    const auto hex = mini_build_id()->hex();
    const auto debug = folder.write(
        "debug/.build-id/" + hex.substr(0, 2) + "/" + hex.substr(2) + ".debug", kernel);
    ModuleOptions options;
    options.debug_directories = {folder.path("debug")};
    const auto module = Module::open(image, options);
    REQUIRE(module);
    CHECK(module->path() == debug);
    CHECK(module->symbols().named("start_kernel")->size() == 1);
    const auto wrapper = folder.write("vmlinuz-mips", mips_wrapper(packed(kernel, "gzip -n")));
    CHECK(Module::open(wrapper, options)->path() == debug);
    options.debug_directories = {folder.path("nothing")};
    const auto without = Module::open(image, options);
    REQUIRE_FALSE(without);
    CHECK(Module::open(wrapper, options)->path() == wrapper);
    CHECK(without.error().code == ErrorCode::unsupported);
    CHECK(without.error().message.ends_with("no debug file found for build id " + hex));
}
