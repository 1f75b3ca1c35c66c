// Text put together from parts.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace symline::base {

/// Of ASCII, whatever the locale.
constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

inline std::string& append(std::string& out, std::initializer_list<std::string_view> parts) {
    for (const std::string_view part : parts) out += part;
    return out;
}

}  // namespace symline::base
