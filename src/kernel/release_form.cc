#include "kernel/release_form.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/text.h"

namespace symline::kernel {

using base::is_digit;

bool is_rpm_architecture(std::string_view text) {
    constexpr std::array<std::string_view, 12> kArchitectures{
        "x86_64", "aarch64", "ppc64le", "s390x",       "i686",   "i386",
        "ppc64",  "armv7hl", "riscv64", "loongarch64", "noarch", "i586"};
    return std::ranges::find(kArchitectures, text.substr(0, text.find('+'))) !=
           kArchitectures.end();
}

bool has_form(std::string_view text, std::string_view form) {
    if (form.empty()) return text.empty();
    const auto rest = form.substr(1);
    if (form.front() == '!') return is_rpm_architecture(text);
    if (form.front() == '*') {
        for (std::size_t i = 0; i <= text.size(); ++i) {
            if (has_form(text.substr(i), rest)) return true;
        }
        return false;
    }
    if (form.front() != '#' && form.front() != '~') {
        return !text.empty() && text.front() == form.front() && has_form(text.substr(1), rest);
    }
    const bool dots = form.front() == '~';
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool part = is_digit(text[i]) || (dots && i > 0 && text[i] == '.');
        if (!part) return false;
        if (has_form(text.substr(i + 1), rest)) return true;
    }
    return false;
}

}  // namespace symline::kernel
