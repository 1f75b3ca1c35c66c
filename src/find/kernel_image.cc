#include "find/kernel_image.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/unpack.h"
#include "elf/elf_file.h"
#include "find/kernel_names.h"
#include "find/package/archive_library.h"

namespace symline::find {
namespace {

using base::Bytes;
using namespace std::string_view_literals;

std::string_view text_of(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct Method {
    std::string_view magic;
    std::string_view name;
};
/// In the order in which the kernel's scripts/extract-vmlinux looks for them.
constexpr Method kMethods[] = {{"\x1f\x8b\x08"sv, "gzip"},
                               {"\xfd\x37\x7a\x58\x5a\x00"sv, "xz"},
                               {"BZh"sv, "bzip2"},
                               {"\x5d\x00\x00"sv, "lzma"},
                               {"\x02\x21\x4c\x18"sv, "lz4"},
                               {"\x04\x22\x4d\x18"sv, "lz4"},
                               {"\x28\xb5\x2f\xfd"sv, "zstd"}};

const Method* method_at(Bytes bytes) {
    for (const Method& method : kMethods) {
        if (text_of(bytes).starts_with(method.magic)) return &method;
    }
    return nullptr;
}

/// What libarchive makes of a packed stream: for the methods that base/unpack.h does not have.
/// What came before an error counts, because the size of the kernel follows the stream.
Expected<base::Pages> unpack_by_library(Bytes packed) {
    const auto library = ArchiveLibrary::load();
    if (!library) return std::unexpected(library.error());
    const ArchiveLibrary& use = **library;
    const auto reader = new_archive(use);
    use.support_filter_all(reader.get());
    use.support_format_raw(reader.get());
    archive_entry* entry = nullptr;
    base::Pages pages;
    if (use.open_memory(reader.get(), packed.data(), packed.size()) != ARCHIVE_OK ||
        use.next_header(reader.get(), &entry) != ARCHIVE_OK ||
        !pages.resize(std::max<std::size_t>(packed.size() * 4, 65536))) {
        return std::unexpected(Error{ErrorCode::malformed, {}, "the kernel cannot be unpacked"});
    }
    std::size_t size = 0;
    for (;;) {
        if (size == pages.size()) {
            const auto larger = std::min<std::uint64_t>(size * 2, base::kMaxUnpackedSize);
            if (larger == size || !pages.resize(larger)) {
                return std::unexpected(Error{
                    ErrorCode::unsupported, {}, "the kernel is larger than 1024 MB unpacked"});
            }
        }
        const auto read = use.data(reader.get(), pages.data() + size, pages.size() - size);
        if (read <= 0) break;
        size += static_cast<std::size_t>(read);
    }
    if (size == 0 || !pages.resize(size)) {
        return std::unexpected(Error{ErrorCode::malformed, {}, "the kernel cannot be unpacked"});
    }
    return pages;
}

Expected<base::Pages> unpack_kernel(Bytes packed) {
    return base::packing_of(packed) == base::Packing::none ? unpack_by_library(packed)
                                                           : base::unpack(packed);
}

bool is_bzimage(Bytes file) {
    return file.size() > 0x250 && text_of(file.subspan(0x202)).starts_with("HdrS");
}

/// CONFIG_EFI_ZBOOT: "MZ", 2 bytes, "zimg", offset and size of the payload.
bool is_zboot(Bytes file) {
    return file.size() > 0x40 && text_of(file).starts_with("MZ") &&
           text_of(file.subspan(4)).starts_with("zimg");
}

bool is_arm64_image(Bytes file) {
    return file.size() > 0x40 && text_of(file.subspan(56)).starts_with("ARM\x64");
}

Bytes part(Bytes file, std::uint64_t offset, std::uint64_t size) {
    const Bytes rest = base::tail(file, offset);
    return rest.first(std::min<std::uint64_t>(rest.size(), size));
}

/// The packed kernel as the header of the file locates it; empty when it does not.
Bytes named_payload(Bytes file) {
    if (is_zboot(file)) {
        return part(file, base::load<std::uint32_t>(file.data() + 8, false),
                    base::load<std::uint32_t>(file.data() + 12, false));
    }
    // Documentation/arch/x86/boot.rst: payload_offset counts from the protected-mode code.
    constexpr std::uint16_t kWithPayload = 0x208;
    if (!is_bzimage(file) || base::load<std::uint16_t>(file.data() + 0x206, false) < kWithPayload) {
        return {};
    }
    const std::uint64_t setup = file[0x1f1] == 0 ? 4 : file[0x1f1];
    return part(file, (setup + 1) * 512 + base::load<std::uint32_t>(file.data() + 0x248, false),
                base::load<std::uint32_t>(file.data() + 0x24c, false));
}

std::optional<KernelImage> kernel_in(Bytes kernel, std::string_view packed) {
    KernelImage image;
    image.packed = packed;
    image.release = banner_release(text_of(kernel));
    if (const auto file = elf::ElfFile::from_memory("kernel", kernel)) {
        image.build_id = file->build_id();
    } else {
        image.build_id = build_id_in_raw_kernel(kernel);
    }
    if (!image.build_id && image.release.empty()) return std::nullopt;
    return image;
}

/// Looks for the payload by its first bytes, as extract-vmlinux does: for images of other machines
/// and of old boot protocols.
std::optional<KernelImage> search(Bytes file) {
    constexpr int kMaxTries = 16;
    int tries = 0;
    for (const Method& method : kMethods) {
        const auto text = text_of(file);
        for (auto at = text.find(method.magic); at != std::string_view::npos && tries < kMaxTries;
             at = text.find(method.magic, at + 1)) {
            ++tries;
            const auto kernel = unpack_kernel(file.subspan(at));
            if (!kernel) continue;
            if (auto image = kernel_in(kernel->bytes(), method.name)) return image;
        }
    }
    return std::nullopt;
}

/// The extent of an ELF file embedded in other bytes, from its segments.
std::size_t extent_of_elf(Bytes bytes) {
    constexpr std::size_t kMinSize = 64;
    const auto file = elf::ElfFile::from_memory("", bytes);
    if (!file) return kMinSize;
    const auto segments = file->segments();
    std::uint64_t end = kMinSize;
    if (segments) {
        for (const auto& segment : *segments) {
            end = std::max(end, segment.offset + segment.file_size);
        }
    }
    return std::min<std::uint64_t>(end, bytes.size());
}

/// [begin, end) of every embedded ELF file.
std::vector<std::pair<std::size_t, std::size_t>> elf_files_in(Bytes kernel) {
    constexpr std::size_t kMaxFiles = 64;
    std::vector<std::pair<std::size_t, std::size_t>> found;
    const auto text = text_of(kernel);
    constexpr auto kMagic =
        "\x7f"
        "ELF"sv;
    for (auto at = text.find(kMagic); at != std::string_view::npos && found.size() < kMaxFiles;
         at = text.find(kMagic, at + 4)) {
        found.emplace_back(at, at + extent_of_elf(kernel.subspan(at)));
    }
    return found;
}

}  // namespace

std::optional<BuildId> build_id_in_raw_kernel(Bytes kernel) {
    // namesz 4, descsz 20, NT_GNU_BUILD_ID, "GNU".
    constexpr auto kNote = "\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0"sv;
    constexpr std::size_t kIdSize = 20;
    const auto inside = elf_files_in(kernel);
    const auto text = text_of(kernel);
    std::optional<BuildId> found;
    for (auto at = text.find(kNote); at != std::string_view::npos; at = text.find(kNote, at + 1)) {
        const auto begin = at + kNote.size();
        if (kernel.size() - begin < kIdSize) break;
        const bool other = std::ranges::any_of(
            inside, [&](const auto& file) { return at >= file.first && at < file.second; });
        if (other) continue;
        const BuildId id(std::as_bytes(kernel.subspan(begin, kIdSize)));
        if (found && *found != id) return std::nullopt;
        found = id;
    }
    return found;
}

bool is_kernel_image(Bytes file) {
    if (is_bzimage(file) || is_zboot(file) || is_arm64_image(file)) return true;
    return text_of(file).starts_with("MZ");
}

Expected<KernelImage> read_kernel_image(Bytes file) {
    std::optional<KernelImage> image;
    std::optional<Error> failure;
    if (is_arm64_image(file) && !is_zboot(file)) image = kernel_in(file, "none");
    Bytes payload = named_payload(file);
    const Method* method = method_at(payload);
    // The size of the kernel follows the stream, except for gzip, which has it inside.
    // libarchive takes it for the next block of an lz4 stream, and loses the last one.
    constexpr std::size_t kTrailerSize = 4;
    if (method != nullptr && method->name == "lz4" && is_bzimage(file) &&
        payload.size() > kTrailerSize) {
        payload = payload.first(payload.size() - kTrailerSize);
    }
    if (!image && method != nullptr) {
        const auto kernel = unpack_kernel(payload);
        if (kernel) {
            image = kernel_in(kernel->bytes(), method->name);
        } else {
            failure = kernel.error();
        }
    }
    if (!image) image = search(file);
    if (image) return std::move(*image);
    return std::unexpected(failure.value_or(
        Error{ErrorCode::malformed, {}, "a kernel image, with no kernel to be found in it"}));
}

}  // namespace symline::find
