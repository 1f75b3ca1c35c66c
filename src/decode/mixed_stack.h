// Stacks of names that may be the kernel's, a program's or both: bcc's profile.
//
// A program may have functions of the kernel's names, memcpy() above all. The kernel's part of a
// stack ends where the kernel was entered, or began.
#pragma once

#include <deque>

#include "decode/line_window.h"
#include "log/occurrence.h"

namespace symline::decode {

/// Whether the name, with the lines below it as far as they were read, is the kernel's.
bool is_of_kernel(const log::Occurrence& name, const std::deque<WindowLine>& below);

}  // namespace symline::decode
