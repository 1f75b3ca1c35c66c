// The kernel that runs at present.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "symline/build_id.h"

namespace symline::find {

/// From /sys/kernel/notes, which every user may read.
std::optional<BuildId> running_kernel_build_id();

/// The build id note in a row of notes of this machine's byte order; nothing when there is none.
std::optional<BuildId> build_id_in_notes(std::span<const std::byte> notes);

}  // namespace symline::find
