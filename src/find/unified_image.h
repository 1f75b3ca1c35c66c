// A unified kernel image (ukify, systemd-stub): an EFI program that has a kernel, its initrd and
// its command line in sections.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace symline::find {

/// The contents of section .linux of a PE file, as far as the file goes; nothing where it has none.
std::optional<base::Bytes> kernel_of_unified_image(base::Bytes file);

}  // namespace symline::find
