// A bootable kernel: vmlinuz, bzImage, an EFI zboot image, a raw arm64 Image. The kernel is
// compressed inside it; its release and build id can be read, so that its vmlinux with debug
// information can be found.
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

/// Whether the bytes start like a kernel image: a cheap test.
bool is_kernel_image(base::Bytes file);

/// Unpacks the kernel in memory, 1 GB at most. Errors carry no file name.
Expected<KernelImage> read_kernel_image(base::Bytes file);

/// The build id note of a kernel without ELF headers (arm64's Image). Notes of embedded ELF
/// files (the vDSO) are skipped; nothing when several are left.
std::optional<BuildId> build_id_in_raw_kernel(base::Bytes kernel);

}  // namespace symline::find
