// A bootable kernel: vmlinuz, bzImage, zImage, an EFI zboot image, a raw Image of arm64, RISC-V or
// LoongArch, a U-Boot, FIT or unified image. The kernel is usually compressed inside it; its
// release and build id can be read, so that its vmlinux with debug information can be found.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "symline/build_id.h"
#include "symline/error.h"

namespace symline::find {

struct KernelImage {
    std::optional<BuildId> build_id;
    std::string release;      ///< of its "Linux version"; empty: not found
    std::string_view packed;  ///< "xz"; "none" for an image that is not packed
};

/// Whether the bytes start like a kernel image: a cheap test. Not of an image that is packed as a
/// whole (Image.gz).
bool is_kernel_image(base::Bytes file);

/// Unpacks the kernel in memory, 1 GB at most; also that of an image packed as a whole. The id is
/// always the kernel's own, never that of the code that unpacks it, of a vDSO or of another file
/// inside. An error says which format it is and what cannot be read; it carries no file name.
/// not_elf: the bytes are no image.
Expected<KernelImage> read_kernel_image(base::Bytes file);

}  // namespace symline::find
