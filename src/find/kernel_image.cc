#include "find/kernel_image.h"

#include <algorithm>
#include <utility>

#include "elf/elf_file.h"
#include "find/elf_wrapper.h"
#include "find/fit_image.h"
#include "find/image_bytes.h"
#include "find/kernel_names.h"
#include "find/kernel_payload.h"
#include "find/raw_kernel.h"
#include "find/unified_image.h"

namespace symline::find {
namespace {

using base::Bytes;
using namespace std::string_view_literals;

bool has(Bytes file, std::size_t offset, std::string_view magic) {
    return text_of(base::tail(file, offset)).starts_with(magic);
}

std::uint32_t word(Bytes file, std::size_t offset) {
    return base::Cursor(file, false, offset).u32();
}

/// vmlinux or what objcopy -O binary made of it. Other ELF files that are packed in an image
/// (modules and programs of an initramfs) are refused, and raw bytes that say no release.
std::optional<KernelImage> kernel_in(Bytes kernel, std::string_view packed) {
    KernelImage image{.build_id = {}, .release = banner_release(text_of(kernel)), .packed = packed};
    if (const auto file = elf::ElfFile::from_memory("kernel", kernel)) {
        if (file->relocatable()) return std::nullopt;
        if (image.release.empty() && kernel_name(*file) != "vmlinux") return std::nullopt;
        image.build_id = file->build_id();
        return image;
    }
    if (image.release.empty()) return std::nullopt;
    image.build_id = build_id_in_raw_kernel(kernel);
    return image;
}

/// Unpacks a stream and reads the kernel in it.
Expected<KernelImage> packed_kernel(Bytes stream, std::uint64_t limit = base::kMaxUnpackedSize) {
    const auto method = packing_method(stream);
    const auto kernel = unpack_stream(stream, limit);
    if (!kernel) {
        return std::unexpected(Error{kernel.error().code,
                                     {},
                                     "whose kernel, packed with " + std::string(method) +
                                         ", cannot be read: " + kernel.error().message});
    }
    if (auto image = kernel_in(kernel->bytes(), method)) return std::move(*image);
    return std::unexpected(Error{
        ErrorCode::malformed, {}, "in which " + std::string(method) + " packs no Linux kernel"});
}

Error no_kernel() {
    return {ErrorCode::malformed, {}, "with no kernel to be found in it"};
}

/// Most magic numbers that stand in code by chance are no stream: that shows in its first bytes.
bool is_stream(Bytes stream) {
    constexpr std::uint64_t kProbe = 65536;
    const auto start = unpack_stream(stream, kProbe);
    return start || start.error().code == ErrorCode::unsupported;
}

/// Looks for the payload by its header, as the kernel's scripts/extract-vmlinux does: for images
/// that do not say where it is. Each stream that is no kernel halves what the next may unpack, so
/// that all together take at most twice the time of one.
Expected<KernelImage> search_streams(Bytes file) {
    std::uint64_t limit = base::kMaxUnpackedSize;
    std::optional<Error> failure;
    for (const auto at : packed_streams(file)) {
        const Bytes stream = file.subspan(at);
        if (!is_stream(stream)) continue;
        auto image = packed_kernel(stream, limit);
        if (image) return image;
        if (!failure) failure = std::move(image.error());
        limit /= 2;
    }
    return std::unexpected(failure.value_or(no_kernel()));
}

/// The same for images that may hold the kernel as it is: that has its release alone, because the
/// build id note of the code around it cannot be told from its own.
Expected<KernelImage> search(Bytes file) {
    auto image = search_streams(file);
    if (image) return image;
    if (auto release = banner_release(text_of(file)); !release.empty()) {
        return KernelImage{.build_id = {}, .release = std::move(release), .packed = "none"};
    }
    return image;
}

/// The payload that a header names; where it names none that is packed, it is looked for.
Expected<KernelImage> named_or_found(Bytes file, Bytes payload) {
    if (packing_method(payload).empty()) return search(file);
    auto image = packed_kernel(payload);
    if (image) return image;
    if (auto found = search(file)) return found;
    return image;
}

bool is_wrapper_file(Bytes file) {
    const auto elf = elf::ElfFile::from_memory("wrapper", file);
    return elf && is_elf_wrapper(*elf);
}

Expected<KernelImage> read_wrapper(Bytes file) {
    const auto elf = elf::ElfFile::from_memory("wrapper", file);
    if (!elf) return std::unexpected(elf.error());
    const auto payload = wrapped_kernel(*elf);
    if (!payload) return std::unexpected(no_kernel());
    if (!packing_method(*payload).empty()) return packed_kernel(*payload);
    if (auto image = kernel_in(*payload, "none")) return std::move(*image);
    return search(*payload);
}

bool is_bzimage(Bytes file) {
    return has(file, 0x202, "HdrS") && file.size() > 0x250;
}

/// Documentation/arch/x86/boot.rst: payload_offset counts from the protected-mode code.
Expected<KernelImage> read_bzimage(Bytes file) {
    constexpr std::uint16_t kWithPayload = 0x208;
    if (base::load<std::uint16_t>(file.data() + 0x206, false) < kWithPayload) return search(file);
    const std::uint64_t setup = file[0x1f1] == 0 ? 4 : file[0x1f1];
    const auto offset = (setup + 1) * 512 + word(file, 0x248);
    return named_or_found(file, part_of(file, offset, word(file, 0x24c)));
}

/// CONFIG_EFI_ZBOOT: "MZ", 2 bytes, "zimg", offset and size of the payload.
bool is_zboot(Bytes file) {
    return has(file, 0, "MZ") && has(file, 4, "zimg");
}

Expected<KernelImage> read_zboot(Bytes file) {
    return named_or_found(file, part_of(file, word(file, 8), word(file, 12)));
}

bool is_arm64_image(Bytes file) {
    return has(file, 0x38, "ARM\x64");
}

Expected<KernelImage> read_raw(Bytes file) {
    if (auto image = kernel_in(file, "none")) return std::move(*image);
    return std::unexpected(no_kernel());
}

bool is_riscv_image(Bytes file) {
    return has(file, 0x38, "RSC\x05");
}

/// LINUX_PE_MAGIC: of other machines too, but these have packed images, which come first.
bool is_loongarch_image(Bytes file) {
    return has(file, 0, "MZ") && has(file, 0x38, "\xcd\x23\x82\x81");
}

/// The word at 0x24, in the byte order of the kernel.
bool is_arm_zimage(Bytes file) {
    return has(file, 0x24, "\x18\x28\x6f\x01") || has(file, 0x24, "\x01\x6f\x28\x18");
}

/// EP_STRING of arch/s390.
bool is_s390_image(Bytes file) {
    return has(file, 0x10008, "S390EP");
}

bool is_efi_program(Bytes file) {
    return has(file, 0, "MZ");
}

/// Magic number of the 64 bytes that mkimage puts in front.
bool is_uboot_image(Bytes file) {
    return has(file, 0, "\x27\x05\x19\x56");
}

bool is_fit_image(Bytes file) {
    return has(file, 0, "\xd0\x0d\xfe\xed");
}

/// The initrd beside the kernel is not searched: it has programs with build ids.
bool is_unified_image(Bytes file) {
    return kernel_of_unified_image(file).has_value();
}

Expected<KernelImage> read_unified_image(Bytes file);
Expected<KernelImage> read_uboot_image(Bytes file);
Expected<KernelImage> read_fit_image(Bytes file);

struct Format {
    std::string_view name;
    bool (*matches)(Bytes file);
    Expected<KernelImage> (*read)(Bytes file);
    /// Holds another image as it is. One container in another is not made, and not read.
    bool container = false;
};
/// Those that are also EFI programs come before that.
constexpr Format kFormats[] = {
    {"an ELF boot wrapper", is_wrapper_file, read_wrapper},
    {"an EFI zboot image", is_zboot, read_zboot},
    {"an x86 bzImage", is_bzimage, read_bzimage},
    {"an arm64 Image", is_arm64_image, read_raw},
    {"a RISC-V Image", is_riscv_image, read_raw},
    {"a LoongArch image", is_loongarch_image, read_raw},
    {"an ARM zImage", is_arm_zimage, search},
    {"an s390 bzImage", is_s390_image, search},
    {"a U-Boot image", is_uboot_image, read_uboot_image, true},
    {"a FIT image", is_fit_image, read_fit_image, true},
    {"a unified kernel image", is_unified_image, read_unified_image, true},
    {"an EFI program", is_efi_program, search}};

const Format* format_of(Bytes file) {
    const auto* found =
        std::ranges::find_if(kFormats, [&](const Format& format) { return format.matches(file); });
    return found == std::end(kFormats) ? nullptr : found;
}

/// What a container holds: an image of another format, a stream, or the kernel itself. Code with a
/// stream inside (PowerPC's cuImage) comes before that, because a build id of its own is not meant.
Expected<KernelImage> read_content(Bytes content) {
    const Format* format = format_of(content);
    if (format != nullptr && !format->container) return format->read(content);
    if (!packing_method(content).empty()) return packed_kernel(content);
    auto image = search_streams(content);
    if (image) return image;
    if (auto raw = kernel_in(content, "none")) return std::move(*raw);
    return image;
}

/// The type "multi-file" has a table of sizes before the files, of which the first is the kernel.
Expected<KernelImage> read_uboot_image(Bytes file) {
    constexpr std::size_t kHeader = 64, kType = 30;
    constexpr std::uint8_t kMultiFile = 4;
    const Bytes content = part_of(file, kHeader, base::Cursor(file, true, 12).u32());
    if (file.size() <= kHeader || file[kType] != kMultiFile) return read_content(content);
    base::Cursor table(content, true);
    const std::uint64_t size = table.u32();
    while (table.ok() && table.u32() != 0) {
    }
    return read_content(part_of(content, table.offset(), size));
}

Expected<KernelImage> read_unified_image(Bytes file) {
    return read_content(kernel_of_unified_image(file).value_or(Bytes{}));
}

Expected<KernelImage> read_fit_image(Bytes file) {
    return read_content(kernel_of_fit(file));
}

/// A packed image, such as arm64's Image.gz. Raw bytes must have a build id too: a packed log also
/// says "Linux version".
std::optional<KernelImage> read_packed_image(Bytes file) {
    const auto method = packing_method(file);
    if (method.empty()) return std::nullopt;
    const auto content = unpack_stream(file);
    if (!content) return std::nullopt;
    std::optional<KernelImage> image;
    const Format* format = format_of(content->bytes());
    if (format == nullptr) {
        image = kernel_in(content->bytes(), method);
    } else if (auto read = format->read(content->bytes())) {
        image = std::move(*read);
    }
    if (!image || (format == nullptr && !image->build_id)) return std::nullopt;
    if (image->packed == "none") image->packed = method;
    return image;
}

}  // namespace

bool is_kernel_image(Bytes file) {
    return format_of(file) != nullptr;
}

Expected<KernelImage> read_kernel_image(Bytes file) {
    const Format* format = format_of(file);
    if (format == nullptr) {
        if (auto packed = read_packed_image(file)) return std::move(*packed);
        return std::unexpected(Error{ErrorCode::not_elf, {}, "not an ELF file"});
    }
    auto image = format->read(file);
    if (image) return image;
    return std::unexpected(
        Error{image.error().code, {}, std::string(format->name) + " " + image.error().message});
}

}  // namespace symline::find
