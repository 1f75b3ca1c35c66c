// The forms of kernel releases, as patterns.
#pragma once

#include <string_view>

namespace symline::kernel {

/// Whether `text` has the form: in it '#' stands for one or more digits, '~' for digits and dots
/// with a digit first, '*' for anything, '!' at the end for an architecture as RPM names it, with
/// "+flavour" after it or not; all else for itself.
bool has_form(std::string_view text, std::string_view form);

/// "x86_64", "aarch64+debug"
bool is_rpm_architecture(std::string_view text);

}  // namespace symline::kernel
