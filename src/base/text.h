// Text put together from parts.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace symline::base {

inline std::string& append(std::string& out, std::initializer_list<std::string_view> parts) {
    for (const std::string_view part : parts) out += part;
    return out;
}

}  // namespace symline::base
