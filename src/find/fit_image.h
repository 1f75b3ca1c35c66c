// A FIT image (flattened image tree, vmlinux.itb, image.fit): a device tree that holds kernels,
// device trees and RAM disks for U-Boot and coreboot.
#pragma once

#include "base/bytes.h"

namespace symline::find {

/// The data of the first image of type "kernel", as they are packed; inside the tree or after it.
/// Empty: none, or a damaged tree.
base::Bytes kernel_of_fit(base::Bytes file);

}  // namespace symline::find
